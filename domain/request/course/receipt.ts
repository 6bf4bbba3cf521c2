/**
 * When a request can have been received. The receipt starts the statutory clock (Art. 12(3)), so a mistyped one is refused, or put
 * right later with a reason.
 */
import { minutes } from '../../time/duration.ts';
import { type Instant, instant, instantPlus } from '../../time/instant.ts';

/** The day the Regulation began to apply (Art. 99(2)): whatever claims to have come before is mistyped. */
export const regulationApplies: Instant = instant('2018-05-25T00:00:00+02:00');

/** How far the clock of another system (a mail server, a portal) may run ahead of ours before its time is taken for a mistake. */
const toleranceMs = minutes(5);

/** A receipt that can be, or why it cannot. */
export type Receipt =
  | { readonly kind: 'taken'; readonly receivedAt: Instant }
  | { readonly kind: 'impossible'; readonly why: 'too-early' | 'in-the-future' };

/** When a message counts as received: as stated, or now where the clock that stamped it runs a little ahead of ours. */
export const receiptOf = (stated: Instant, now: Instant): Receipt => {
  if (stated < regulationApplies) return { kind: 'impossible', why: 'too-early' };
  if (stated <= now) return { kind: 'taken', receivedAt: stated };
  return stated <= instantPlus(now, toleranceMs)
    ? { kind: 'taken', receivedAt: now }
    : { kind: 'impossible', why: 'in-the-future' };
};
