/**
 * What a decision grants and what it denies, as a letter states it: the grounds for one never stand beside those for the other, and each
 * record is named on the side it is on, single records that the officer excepted included. Execution reads a decision the same way
 * (`decided-records.ts`). Not for workflows.
 */

import type { Decision } from '../request/course/decision.ts';
import { type GroundCode, grounds } from '../request/course/grounds.ts';
import { grantsFor } from '../request/decision/decided-records.ts';
import type { ManifestRecord } from '../request/decision/manifest.ts';
import type { KeptClass } from './answers.ts';
import { atLeastOne, describeClass, recordLine, statedGrounds } from './compose-parts.ts';
import type { CompositionFacts, DecisionWords } from './composition-facts.ts';
import type { NonEmpty, StatedGround } from './letter-content.ts';

/** Which decision a letter states, in whose words. */
export type DecidedInput = {
  readonly facts: CompositionFacts;
  readonly decision: Decision;
  readonly words: DecisionWords;
};

/** The grounds of a decision that speak for what was granted, or against what was not; all of them where none is on that side. */
export const groundsOnSide = (
  { decision, words }: Pick<DecidedInput, 'decision' | 'words'>,
  side: 'granted' | 'denied',
): NonEmpty<StatedGround> => {
  const all = [
    ...new Set(decision.grounds.length > 0 ? decision.grounds : decision.lines.flatMap((line) => line.grounds)),
  ];
  const own = all.filter((code) => (grounds[code].speaks === 'against') === (side === 'denied'));
  return atLeastOne(statedGrounds(own.length > 0 ? own : all, words), 'the grounds of the decision');
};

/** Whether the decision grants what was asked for a record. `wholly`: for rights that are not decided class by class. */
export const grantsRecord = ({ decision, words }: Pick<DecidedInput, 'decision' | 'words'>, wholly = false) =>
  grantsFor(decision, words.exceptions ?? [], wholly);

/** The records of which the decision grants what was asked. */
export const grantedRecords = (input: DecidedInput): readonly ManifestRecord[] =>
  input.facts.records.filter(grantsRecord(input, input.decision.lines.length === 0));

/** Some records of one class, with the grounds for which they stay as they are; nothing where there are none. */
export const keptClass = (
  facts: CompositionFacts,
  stated: NonEmpty<StatedGround>,
  records: readonly ManifestRecord[],
  line: typeof recordLine = recordLine,
): readonly KeptClass[] => {
  const [first, ...rest] = records;
  return first === undefined
    ? []
    : [
        {
          ...describeClass(facts, first.recordClass),
          grounds: stated,
          records: [line(facts, first), ...rest.map((record) => line(facts, record))],
        },
      ];
};

/** The records that are still there. */
export const stillHeld = ({ records, erased, erasedBefore }: CompositionFacts): readonly ManifestRecord[] => {
  const gone = new Set([...erased, ...erasedBefore].map(({ recordId }) => recordId));
  return records.filter(({ recordId }) => !gone.has(recordId));
};

/** What the decision denies of `records`: a class at a time with the grounds of its line, excepted records with grounds of their own. */
export const deniedClasses = (
  input: DecidedInput,
  records: readonly ManifestRecord[] = stillHeld(input.facts),
): readonly KeptClass[] => {
  const { facts, decision, words } = input;
  const exceptions = new Map((words.exceptions ?? []).map((exception) => [exception.recordId, exception]));
  const grants = grantsRecord(input);
  const stated = (codes: readonly GroundCode[]) => atLeastOne(statedGrounds(codes, words), 'the grounds of a class');
  return decision.lines.flatMap((line) => {
    const denied = records.filter((record) => record.recordClass === line.recordClass && !grants(record));
    const withClass = denied.filter(({ recordId }) => !exceptions.has(recordId));
    const single = denied.filter(({ recordId }) => exceptions.has(recordId));
    return [
      ...(withClass.length === 0 ? [] : keptClass(facts, stated(line.grounds), withClass)),
      ...single.flatMap((record) =>
        keptClass(facts, stated(exceptions.get(record.recordId)?.grounds ?? line.grounds), [record]),
      ),
    ];
  });
};
