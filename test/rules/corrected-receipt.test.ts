/** The time of receipt put right: every clock runs from the true one, and what cannot be is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComputedClock } from '../../domain/request/clock/clock.ts';
import { clockEventsOf } from '../../domain/request/course/apply-event.ts';
import { type CaseState, findLetter } from '../../domain/request/course/case-state.ts';
import type { CommandMeta } from '../../domain/request/course/commands.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import { receiptOf } from '../../domain/request/course/intake.ts';
import { nextWork, timersOf } from '../../domain/request/course/next-work.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import {
  caseAt,
  clocked,
  composed,
  day,
  deliver,
  meta,
  type positions,
  received,
  receivedAt,
  rules,
  send,
} from '../support/requests/cases.ts';

const correct = (at: Instant) => ({ kind: 'correct-receipt' as const, receivedAt: at });
const judged = (state: CaseState, at: Instant, change: Partial<CommandMeta> = {}) =>
  decideCommand(state, correct(at), meta('officer', change), rules);
/** A clock without its explanation, which names the correction. */
const unexplained = (clock: ComputedClock | undefined) => ({ ...clock, explanation: undefined });
const corrected = (state: CaseState, at: Instant) => send(state, 'officer', correct(at));

describe('the statutory clock after a correction', () => {
  it('runs from the true receipt as if no other had ever been noted', () => {
    const offset = fc.integer({ min: -400, max: 0 });
    fc.assert(
      fc.property(
        offset,
        fc.constantFrom('received', 'identification-asked', 'reviewing', 'deciding/open'),
        (count, position) => {
          const state = composed(caseAt(position as (typeof positions)[number]));
          const at = instantPlus(receivedAt, days(count) - 1);
          const after = corrected(state, at);
          const { corrections: _, ...events } = clockEventsOf(after);
          expect(events).toEqual({ ...clockEventsOf(state), receivedAt: at });
          // The same case, had the right day been typed at once.
          const typedRight = clocked({ ...state, receivedAt: at });
          expect(unexplained(after.clock)).toEqual(unexplained(typedRight.clock));
          expect(after.rights.map(({ clock }) => unexplained(clock))).toEqual(
            typedRight.rights.map(({ clock }) => unexplained(clock)),
          );
          expect(after.clock).toMatchObject({
            explanation: expect.arrayContaining([
              { code: 'receipt-corrected', date: '2027-03-08', formerly: '2027-03-05' },
            ]),
          });
          expect(timersOf(after)).toEqual(timersOf(typedRight));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('can be put right again, later as well as earlier, but not beyond the time at which the message was on file', () => {
    const once = corrected(caseAt('identification'), day(-20));
    const twice = corrected(composed(once), day(-2));
    expect(twice).toMatchObject({
      receivedAt: day(-2),
      receiptCorrections: [{ formerly: receivedAt }, { formerly: day(-20) }],
    });
    expect(twice.clock?.lastDay).toBe('2027-04-05');
  });

  it('makes an extension void that was told after the true first month', () => {
    const extended = deliver(
      send(composed(caseAt('deciding/open')), 'officer', {
        kind: 'extend',
        rights: ['access'],
        months: 2,
        reason: 'complexity',
      }),
      day(20),
    );
    expect(extended.rights[0]?.clock?.lastDay).toBe('2027-06-07');
    const after = send(extended, 'officer', correct(day(-30)), { at: day(21) });
    // Received on 3 February: the month ended on 3 March, before the extension was told.
    expect(after.rights[0]?.clock?.lastDay).toBe('2027-03-03');
    expect(timersOf(after)[0]).toMatchObject({ kind: 'alarm', alarm: 'target-reached' });
  });
});

describe('what the person was told', () => {
  it('is told again by a new acknowledgement, and the delivered one stays as it was', () => {
    const told = deliver(caseAt('identification'));
    const after = corrected(told, day(-3));
    expect(after.letters.map(({ kind, state, superseded }) => ({ kind, state, superseded }))).toEqual([
      { kind: 'acknowledgement', state: 'delivered', superseded: undefined },
      { kind: 'acknowledgement', state: 'ordered', superseded: undefined },
    ]);
    expect(after.receiptCorrections?.[0]?.letterId).toBe(after.letters[1]?.letterId);
  });

  it('an acknowledgement that has not left gives way to the new one, and can still be recorded as delivered', () => {
    const released = composed(caseAt('identification'));
    const [first] = released.letters;
    const letterId = first?.letterId ?? '';
    const sending = send(released, 'dpo', { kind: 'send-letter', letterId });
    expect(nextWork(sending)).toMatchObject({ kind: 'send', letterId });
    const after = composed(corrected(sending, day(-3)));
    expect(nextWork(after)?.kind).not.toBe('send');
    expect(decideCommand(after, { kind: 'send-letter', letterId }, meta('dpo'), rules)).toMatchObject({
      refusal: { code: 'letter-superseded' },
    });
    const delivered = send(after, 'dpo', {
      kind: 'record-delivery',
      letterId,
      deliveredAt: day(3),
      proof: 'registered-post',
    });
    expect(findLetter(delivered, letterId)).toMatchObject({ state: 'delivered', superseded: true });
  });

  it('needs no letter before anybody was told anything', () => {
    expect(corrected(received(), day(-1)).letters).toEqual([]);
  });
});

describe('a correction is refused', () => {
  const state = composed(caseAt('deciding/open'));
  it.each([
    ['the time it has already', receivedAt, 'receipt-unchanged'],
    ['a time that lies ahead', instantPlus(day(3), 1), 'receipt-impossible'],
    ['a time before the Regulation applied', instant('2018-05-24T23:59:59.999+02:00'), 'receipt-impossible'],
    ['a time after the message was put on file', instantPlus(receivedAt, 1), 'receipt-impossible'],
  ])('with %s', (_what, at, code) => {
    expect(judged(state, at)).toMatchObject({ kind: 'refused', refusal: { code } });
  });

  it('while an extension waits to be told: its letter names a last day that follows from the receipt', () => {
    const extending = composed(
      send(state, 'officer', { kind: 'extend', rights: ['access'], months: 1, reason: 'complexity' }),
    );
    expect(judged(extending, day(-1))).toMatchObject({ refusal: { code: 'letter-names-receipt', detail: 'access' } });
    expect(judged(deliver(extending), day(-1)).kind).toBe('accepted');
  });

  it('while an answer is on its way, and once the case is answered', () => {
    expect(judged(caseAt('deciding/lettered'), day(-1))).toMatchObject({ refusal: { code: 'letter-names-receipt' } });
    expect(judged(caseAt('standing'), day(-1))).toMatchObject({ refusal: { code: 'not-in-this-state' } });
    expect(judged(caseAt('closed'), day(-1))).toMatchObject({ refusal: { code: 'case-closed' } });
  });

  it('while a decision is being carried out, which takes effect from the receipt', () => {
    expect(judged(caseAt('deciding/executing'), day(-1))).toMatchObject({ refusal: { code: 'not-executed' } });
  });
});

describe('a message that comes in', () => {
  const now = instant('2027-03-05T09:30:00Z');
  it('counts as received now where the clock that stamped it runs up to five minutes ahead', () => {
    expect(receiptOf(instantPlus(now, 300_000), now)).toEqual({ kind: 'taken', receivedAt: now });
    expect(receiptOf(instantPlus(now, 300_001), now)).toEqual({ kind: 'impossible', why: 'in-the-future' });
    expect(receiptOf(instantPlus(now, -1), now)).toEqual({ kind: 'taken', receivedAt: instantPlus(now, -1) });
  });
});
