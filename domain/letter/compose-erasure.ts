/**
 * The answer to a request for erasure, from what was done: what the ledger proves erased is erased, whatever was decided, and what
 * could not be erased is stated with its ground and date (Art. 12(4), 17(3)), also where an objection or a withdrawn consent erases. Not for
 * workflows.
 */
import type { RightCase } from '../request/course/case-state.ts';
import { type GroundCode, grounds } from '../request/course/grounds.ts';
import { rightKind } from '../request/course/rights.ts';
import { erasureFollows } from '../request/decision/decided-records.ts';
import type { ManifestRecord } from '../request/decision/manifest.ts';
import type { LocalDate } from '../time/local-date.ts';
import { type DecidedInput, deniedClasses, grantsRecord, keptClass, stillHeld } from './compose-decided.ts';
import { atLeastOne, backupLines, type dateAt, keptLongerLine, type rightReference } from './compose-parts.ts';
import type { HeldErasure, KeptClass, NonEmpty, RightAnswer, StatedGround } from './letter-content.ts';

/**
 * A hold serves legal claims (Art. 17(3)(e)); a restriction lets nothing be done but store (18(2)); a duty to keep, a document that no
 * archival basis lets go, and another person's open request are duties under the law (17(3)(b)).
 */
const groundOf = (kept: string): GroundCode =>
  kept === 'litigation-hold' ? '17.3.e' : kept === 'restriction' ? '18.2' : '17.3.b';

/** The grounds behind what came between decision and erasure; where nothing is known of it, a duty under the law. */
const heldGrounds = (keptBy: readonly string[]): NonEmpty<StatedGround> => {
  const codes = new Set((keptBy.length === 0 ? ['legal-obligation'] : keptBy).map(groundOf));
  return atLeastOne(
    [...codes].map((code) => ({ code, citation: grounds[code].citation })),
    'why something is kept',
  );
};

/** Whether an objection won, or a withdrawn consent, erases a record as soon as nothing keeps it (Art. 17(1)(b), (c)). */
const erases = (input: DecidedInput & { readonly right: RightCase }): ((record: ManifestRecord) => boolean) => {
  const { facts, right } = input;
  const withdrawal = rightKind(right.key) === 'consent-withdrawal';
  const grants = grantsRecord(input, withdrawal);
  return (record) =>
    grants(record) &&
    (!withdrawal || record.legalBasis.article === '6.1.a') &&
    erasureFollows(facts.state, record.recordClass);
};

/** What something keeps of what an upheld objection or a withdrawn consent erases; `undefined` where all of it is gone. */
export const heldErasure = (
  input: DecidedInput & { readonly right: RightCase },
  reviewOn: LocalDate,
): HeldErasure | undefined => {
  const { facts, right } = input;
  const keptBy = facts.keptBy[right.key] ?? [];
  if (keptBy.length === 0) return undefined;
  return {
    grounds: heldGrounds(keptBy),
    records: stillHeld(facts)
      .filter(erases(input))
      // What keeps it makes its date no promise.
      .map((record) => keptLongerLine(facts, record)),
    reviewOn,
  };
};

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
