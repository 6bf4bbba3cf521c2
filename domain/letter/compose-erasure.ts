/**
 * The answer to a request for erasure, from what was done: what the ledger proves erased is erased, whatever was decided, and what
 * could not be erased is stated with its ground and date (Art. 12(4), 17(3)). Not for workflows.
 */

import type { RightCase } from '../request/course/case-state.ts';
import { type DecidedInput, deniedClasses, grantsRecord, keptClass, stillHeld } from './compose-decided.ts';
import { heldGrounds } from './compose-held.ts';
import { atLeastOne, backupLines, type dateAt, keptLongerLine, type rightReference } from './compose-parts.ts';
import type { KeptClass, NonEmpty, RightAnswer, StatedGround } from './letter-content.ts';

/** The right, what was decided of it, and the facts that prove what was done. */
export type ErasureInput = DecidedInput & { readonly right: RightCase };

/** The records that are still there, by class and by why. */
const keptAfterAll = (input: ErasureInput): readonly KeptClass[] => {
  const { facts, right, decision } = input;
  const grants = grantsRecord(input);
  const left = stillHeld(facts);
  return decision.lines.flatMap(({ recordClass }) => {
    const own = left.filter((record) => record.recordClass === recordClass);
    const held = own.filter(grants);
    return [
      ...deniedClasses(input, own),
      // Before the decision was carried out nothing is known to be held back.
      ...(right.executed === undefined
        ? []
        : keptClass(facts, heldGrounds(facts.keptBy[right.key] ?? []), held, keptLongerLine)),
    ];
  });
};

/** Whether something is kept only until a suspension ends. */
const waits = ({ facts, right, decision }: ErasureInput): boolean =>
  decision.outcome === 'deferred' || (facts.keptBy[right.key] ?? []).length > 0;

/**
 * The answer. A decision to erase of which a suspension kept something is answered as erased in part, or as deferred.
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
