/**
 * The answer to a request for erasure, from what was done: what the ledger proves erased is erased, whatever was decided, and what
 * could not be erased is told with its ground and date (Art. 12(4), 17(3)). Not for workflows.
 */
import type { NonEmpty, RightAnswer, StatedGround } from '../letter-content.ts';
import type { RightCase } from '../rights-request/case-state.ts';
import { grantsFor } from '../rights-request/decided-records.ts';
import type { Decision, DecisionLine } from '../rights-request/decision.ts';
import type { GroundCode } from '../rights-request/grounds.ts';
import { grounds } from '../rights-request/grounds.ts';
import type { ManifestRecord } from '../rights-request/manifest.ts';
import type { dateAt } from './compose-parts.ts';
import {
  atLeastOne,
  backupLines,
  describeClass,
  recordLine,
  type rightReference,
  statedGrounds,
} from './compose-parts.ts';
import type { CompositionFacts, DecisionWords } from './composition-facts.ts';

type KeptClasses = Extract<RightAnswer, { answer: 'erasure-refused' }>['kept'];
type KeptClass = KeptClasses[number];

export type ErasureInput = {
  readonly facts: CompositionFacts;
  readonly right: RightCase;
  readonly decision: Decision;
  readonly words: DecisionWords;
};

/**
 * The exception of Art. 17(3) behind a suspension that came between decision and erasure: a hold serves legal claims (e); a duty to
 * keep, another restriction or another open request are duties under the law (b).
 */
const groundOfSuspension = (kept: readonly string[]): GroundCode =>
  kept.includes('litigation-hold') ? '17.3.e' : '17.3.b';

const heldGrounds = (keptBy: readonly string[]): NonEmpty<StatedGround> => {
  const code = groundOfSuspension(keptBy);
  return [{ code, citation: grounds[code].citation }];
};

const keptClass = (
  facts: CompositionFacts,
  { recordClass }: DecisionLine,
  stated: NonEmpty<StatedGround>,
  records: readonly ManifestRecord[],
): readonly KeptClass[] => {
  const [first, ...rest] = records.map((record) => recordLine(facts, record));
  return first === undefined
    ? []
    : [{ ...describeClass(facts, recordClass), grounds: stated, records: [first, ...rest] }];
};

/** The records that are still there, by class and by why. */
const keptAfterAll = ({ facts, right, decision, words }: ErasureInput): readonly KeptClass[] => {
  const exceptions = new Map((words.exceptions ?? []).map((exception) => [exception.recordId, exception]));
  const grants = grantsFor(decision, words.exceptions ?? []);
  const gone = new Set([...facts.erased, ...facts.erasedBefore].map(({ recordId }) => recordId));
  const left = facts.records.filter(({ recordId }) => !gone.has(recordId));
  const keptBy = facts.keptBy[right.key] ?? [];
  return decision.lines.flatMap((line) => {
    const own = left.filter(({ recordClass }) => recordClass === line.recordClass);
    const held = own.filter(grants);
    const denied = own.filter((record) => !grants(record));
    const single = denied.filter(({ recordId }) => exceptions.has(recordId));
    const withClass = denied.filter(({ recordId }) => !exceptions.has(recordId));
    const stated = (codes: readonly GroundCode[]) => atLeastOne(statedGrounds(codes, words), 'the grounds of a class');
    return [
      ...(withClass.length === 0 ? [] : keptClass(facts, line, stated(line.grounds), withClass)),
      ...single.flatMap((record) =>
        keptClass(facts, line, stated(exceptions.get(record.recordId)?.grounds ?? line.grounds), [record]),
      ),
      // Before the decision was carried out nothing is known to be held back.
      ...(right.executed === undefined || held.length === 0 ? [] : keptClass(facts, line, heldGrounds(keptBy), held)),
    ];
  });
};

/** Whether something is kept only until a suspension ends. */
const waits = ({ facts, right, decision }: ErasureInput): boolean =>
  decision.outcome === 'deferred' || (facts.keptBy[right.key] ?? []).length > 0;

/**
 * The answer. A decision to erase of which a suspension kept something is told as erased in part, or as deferred.
 * @throws `LetterIncompleteError` where the case lacks what the law asks for
 */
export const composeErasure = (
  input: ErasureInput,
  base: { right: ReturnType<typeof rightReference>; decidedOn: ReturnType<typeof dateAt> },
  { stated, reviewOn }: { readonly stated: () => NonEmpty<StatedGround>; readonly reviewOn: ReturnType<typeof dateAt> },
): RightAnswer => {
  const { facts, right, decision } = input;
  const kept = keptAfterAll(input);
  const { erased, recipients } = facts;
  const decidedToErase = decision.outcome === 'erased' || decision.outcome === 'partly-erased';
  if (erased.length === 0 && (right.executed !== undefined || !decidedToErase)) {
    const still = atLeastOne(kept, 'what is kept');
    return waits(input)
      ? { answer: 'erasure-deferred', ...base, kept: still, reviewOn }
      : { answer: 'erasure-refused', ...base, kept: still };
  }
  const done = {
    ...base,
    grounds: stated(),
    erased: atLeastOne(erased, 'the records that were erased'),
    backups: atLeastOne(backupLines(facts), 'how long backups hold them'),
    recipients,
  };
  const [first, ...rest] = kept;
  return first === undefined
    ? { answer: 'erasure-erased', ...done }
    : { answer: 'erasure-partly-erased', ...done, kept: [first, ...rest] };
};
