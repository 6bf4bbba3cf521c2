/** A case in which something stands can be reopened: for a mistake, or on an order of the Garante (Art. 58(2)), without waiting for years. */
import { describe, expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import { type CaseState, findRight } from '../../domain/request/course/case-state.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import { nextWork, selfEnding, waitingErasures } from '../../domain/request/course/next-work.ts';
import {
  caseAt,
  composed,
  day,
  deliver,
  manifest,
  meta,
  received,
  report,
  rules,
  send,
} from '../support/requests/cases.ts';

const ask = (state: CaseState) => send(state, 'dpo', { kind: 'request-reopening' });
const reopen = (state: CaseState, right: 'restriction' | 'objection' | 'erasure') =>
  send(ask(state), 'officer', { kind: 'confirm-reopening', rights: [right] });

/** An objection that was refused: its restriction ends by itself once the days of notice are over. */
const refusedObjection = (): CaseState => {
  const decision: Decision = {
    outcome: 'refused',
    grounds: ['21.1.compelling'],
    lines: [{ recordClass: recordClassId('chat'), result: 'denied', grounds: ['21.1.compelling'] }],
    reasonsFor: ['21.1.compelling'],
    earlierCases: [],
  };
  let state = send(received(), 'dpo', { kind: 'triage', verdict: 'rights-request', rights: ['objection'] });
  state = report(composed(state), {
    kind: 'restriction-placed',
    right: 'objection',
    suspensionId: 'S',
    reviewAt: day(90),
  });
  state = send(state, 'dpo', { kind: 'confirm-identity', level: 'digital-identity', capacity: 'self' });
  state = report(state, { kind: 'search-finished', manifest: manifest(1) });
  state = send(state, 'dpo', { kind: 'prepare-decision', right: 'objection', decision });
  state = send(state, 'dpo', { kind: 'give-opinion', right: 'objection', opinion: 'agrees' });
  state = send(state, 'officer', { kind: 'decide', right: 'objection', decision, acknowledgedLate: false });
  state = report(state, { kind: 'executed', right: 'objection', records: 0, certificates: [] });
  return deliver(send(state, 'dpo', { kind: 'compose-answer', rights: ['objection'] }));
};

describe('a case with a restriction in force', () => {
  it('is reopened by a second person, and the restriction goes on meanwhile', () => {
    const asked = ask(caseAt('standing'));
    expect(asked.stage).toBe('reopening');
    expect(
      decideCommand(asked, { kind: 'confirm-reopening', rights: ['restriction'] }, meta('dpo'), rules),
    ).toMatchObject({ refusal: { code: 'second-person-needed' } });
    const after = reopen(caseAt('standing'), 'restriction');
    expect(after.stage).toBe('searching');
    expect(findRight(after, 'restriction')).toMatchObject({
      state: 'open',
      restriction: { why: 'decided', state: 'in-force' },
    });
    // Kept again until the new answer is delivered.
    expect(nextWork(report(after, { kind: 'suspension-released' }))).toEqual({ kind: 'suspend' });
  });

  it('stands again where the second person says no', () => {
    expect(send(ask(caseAt('standing')), 'officer', { kind: 'decline-reopening' }).stage).toBe('standing');
    expect(send(ask(caseAt('closed')), 'officer', { kind: 'decline-reopening' }).stage).toBe('closed');
  });

  it('Art. 18(1)(d): an objection that is weighed again stays restricted, though its lifting was announced', () => {
    const standing = refusedObjection();
    expect(standing.stage).toBe('standing');
    expect(selfEnding(standing)).toMatchObject({ right: 'objection' });
    const after = reopen(standing, 'objection');
    expect(selfEnding(after)).toBeUndefined();
    expect(findRight(after, 'objection')?.restriction).toEqual({
      why: '18.1.d',
      state: 'in-force',
      suspensionId: 'S',
      reviewAt: day(90),
    });
  });

  it('waits a moment where the machine is just lifting it', () => {
    const lifting = report(ask(refusedObjection()), { kind: 'lifting-ordered', right: 'objection' });
    expect(
      decideCommand(lifting, { kind: 'confirm-reopening', rights: ['objection'] }, meta('officer'), rules),
    ).toMatchObject({ refusal: { code: 'not-executed', detail: 'objection' } });
  });
});

it('an erasure that waits under a hold waits no longer when its right is decided anew, and on where another is', () => {
  const erasure: Decision = {
    outcome: 'deferred',
    grounds: [],
    lines: [{ recordClass: recordClassId('chat'), result: 'deferred', grounds: ['17.1.a', '17.3.e'] }],
    reasonsFor: ['17.3.e'],
    earlierCases: [],
  };
  let state = send(received(), 'dpo', { kind: 'triage', verdict: 'rights-request', rights: ['erasure'] });
  state = send(composed(state), 'dpo', { kind: 'confirm-identity', level: 'digital-identity', capacity: 'self' });
  state = report(state, { kind: 'search-finished', manifest: manifest(1, 1) });
  state = send(state, 'dpo', { kind: 'prepare-decision', right: 'erasure', decision: erasure });
  state = send(state, 'dpo', { kind: 'give-opinion', right: 'erasure', opinion: 'agrees' });
  state = send(state, 'officer', { kind: 'decide', right: 'erasure', decision: erasure, acknowledgedLate: false });
  state = report(state, {
    kind: 'executed',
    right: 'erasure',
    records: 0,
    certificates: [],
    kept: { records: 1, by: ['litigation-hold'] },
  });
  state = deliver(send(state, 'dpo', { kind: 'compose-answer', rights: ['erasure'] }));
  expect(state.stage).toBe('standing');
  expect(waitingErasures(reopen(state, 'erasure'))).toEqual([]);
  expect(waitingErasures(reopen(state, 'objection'))).toEqual(['erasure']);
});
