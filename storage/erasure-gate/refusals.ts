/** The reasons for which the gate does not even begin (I2; D.Lgs. 42/2004 art. 21(1)(d)). */
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DispositionTerms } from '../policies/disposition-terms.ts';
import type { RetentionUnit } from '../units/units.ts';
import type { EraseBasis, EraseRefusal } from './contracts.ts';

/** What the gate looks at before it begins; `terms` are absent where the policy does not know the class. */
export type RefusalInput = {
  readonly unit: RetentionUnit;
  readonly basis: EraseBasis;
  readonly terms: DispositionTerms | undefined;
  /** The latest trigger among the records: the one whose window opens last. */
  readonly lastTriggerAt: Instant;
  readonly now: Instant;
};

/**
 * Why these records may not be destroyed now, or `undefined`. The window is taken from the unit, and computed again from the rule
 * that dated the records: a unit with a wrong date destroys nothing early. A decision needs no window, but the basis all the same.
 */
export const refusal = ({ unit, basis, terms, lastTriggerAt, now }: RefusalInput): EraseRefusal | undefined => {
  if (terms?.archivalBasis === undefined) return 'no-archival-basis';
  if (basis.kind === 'decision') return undefined;
  if (now < unit.opensAt) return 'before-window';
  const { opensAt } = retentionWindow({ rule: terms.rule, triggerAt: lastTriggerAt, timeZone: terms.timeZone });
  return now < opensAt ? 'before-window' : undefined;
};
