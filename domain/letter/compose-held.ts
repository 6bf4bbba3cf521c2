/** What a decision would erase and something still keeps, with what keeps it (Art. 17(3), 18(2)). Not for workflows. */

import type { RightCase } from '../request/course/case-state.ts';
import { type GroundCode, grounds } from '../request/course/grounds.ts';
import { rightKind } from '../request/course/rights.ts';
import { erasureFollows } from '../request/decision/decided-records.ts';
import type { ManifestRecord } from '../request/decision/manifest.ts';
import type { LocalDate } from '../time/local-date.ts';
import { type DecidedInput, grantsRecord, stillHeld } from './compose-decided.ts';
import { atLeastOne, keptLongerLine } from './compose-parts.ts';
import type { HeldErasure, NonEmpty, StatedGround } from './letter-content.ts';

/**
 * A hold serves legal claims (Art. 17(3)(e)); a restriction lets nothing be done but store (18(2)); a duty to keep, a document that no
 * archival basis lets go, and another person's open request are duties under the law (17(3)(b)).
 */
const groundOf = (kept: string): GroundCode =>
  kept === 'litigation-hold' ? '17.3.e' : kept === 'restriction' ? '18.2' : '17.3.b';

/** The grounds behind what came between decision and erasure; where nothing is known of it, a duty under the law. */
export const heldGrounds = (keptBy: readonly string[]): NonEmpty<StatedGround> => {
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
