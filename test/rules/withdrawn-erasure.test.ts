/** A request that is taken back while its decided erasure waits under a hold: nothing more is erased by that decision. */
import { describe, expect, it } from 'vitest';
import { certificateId, recordClassId } from '../../domain/ids.ts';
import { type CaseState, findRight, waitingForOf } from '../../domain/request/course/case-state.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import { waitingErasures } from '../../domain/request/course/next-work.ts';
import { composed, day, deliver, manifest, meta, received, report, rules, send } from '../support/requests/cases.ts';

const decision: Decision = {
  outcome: 'deferred',
  grounds: [],
  lines: [{ recordClass: recordClassId('chat'), result: 'deferred', grounds: ['17.1.a', '17.3.e'] }],
  reasonsFor: ['17.3.e'],
  earlierCases: [],
};

/** Decided and carried out as far as a hold lets it: one of three records went, two wait. */
const executed = (): CaseState => {
  let state = send(received(), 'dpo', { kind: 'triage', verdict: 'rights-request', rights: ['erasure'] });
  state = send(composed(state), 'dpo', { kind: 'confirm-identity', level: 'digital-identity', capacity: 'self' });
  state = report(state, { kind: 'search-finished', manifest: manifest(3, 2) });
  state = send(state, 'dpo', { kind: 'prepare-decision', right: 'erasure', decision });
  state = send(state, 'dpo', { kind: 'give-opinion', right: 'erasure', opinion: 'agrees' });
  state = send(state, 'officer', { kind: 'decide', right: 'erasure', decision, acknowledgedLate: false });
  return report(state, {
    kind: 'executed',
    right: 'erasure',
    records: 1,
    certificates: [certificateId('00000000-0000-7000-8000-000000000001')],
    kept: { records: 2, by: ['litigation-hold'] },
    reviewAt: day(180),
  });
};
const answering = (): CaseState => composed(send(executed(), 'dpo', { kind: 'compose-answer', rights: ['erasure'] }));
const answered = (): CaseState => deliver(answering());

const withdraw = { kind: 'withdraw' as const, rights: ['erasure' as const] };
const withdrawn = (state: CaseState) => send(state, 'dpo', withdraw);

describe('a withdrawal while the erasure waits', () => {
  it.each([
    ['before the answer is written', executed],
    ['while the answer is on its way', answering],
    ['after the answer', answered],
  ])('%s ends the waiting at once', (_when, at) => {
    expect(waitingErasures(at())).toEqual(['erasure']);
    const after = withdrawn(at());
    expect(waitingErasures(after)).toEqual([]);
    expect(after.letters.at(-1)).toMatchObject({ kind: 'request-withdrawn', state: 'ordered', rights: ['erasure'] });
  });

  it('closes an answered case once the letter is delivered, not before', () => {
    const after = withdrawn(answered());
    expect(after).toMatchObject({ stage: 'standing' });
    expect(waitingForOf(after)).toBe('delivery');
    expect(deliver(after)).toMatchObject({ stage: 'closed' });
  });

  it('is itself the answer where none had been written', () => {
    const after = withdrawn(executed());
    expect(findRight(after, 'erasure')).toMatchObject({
      state: 'lettered',
      ending: 'withdrawal',
      executed: { records: 1 },
    });
    expect(deliver(after)).toMatchObject({ stage: 'closed' });
  });

  it('leaves both letters to be delivered where the answer was on its way', () => {
    const after = composed(withdrawn(answering()));
    const [answer, letter] = after.letters.slice(-2);
    const delivered = (state: CaseState, letterId = '') =>
      send(state, 'dpo', { kind: 'record-delivery', letterId, deliveredAt: day(3), proof: 'pec-receipt' });
    const one = delivered(after, letter?.letterId);
    expect(one.stage).toBe('deciding');
    expect(delivered(one, answer?.letterId)).toMatchObject({ stage: 'closed' });
  });

  it('comes too late once everything has been erased, and a second time', () => {
    const erased = report(answered(), {
      kind: 'held-erased',
      right: 'erasure',
      records: 3,
      certificates: [],
      letterId: 'L',
    });
    for (const state of [erased, withdrawn(answered())]) {
      expect(decideCommand(state, withdraw, meta('dpo'), rules)).toMatchObject({
        refusal: { code: 'already-decided' },
      });
    }
  });
});
