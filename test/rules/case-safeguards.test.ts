/** What the law asks for before something on a case happens that cannot be taken back: a second person, a proof, a notice, one sending. */
import { describe, expect, it } from 'vitest';
import type { CaseCommand } from '../../domain/request/course/commands.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import { proofsFor, requesterCapacities } from '../../domain/request/course/identity.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { caseAt, composed, day, grantedAccess, meta, report, rules, send } from '../support/requests/cases.ts';

describe('a decision', () => {
  const decide: CaseCommand = { kind: 'decide', right: 'access', decision: grantedAccess, acknowledgedLate: false };
  const officer = (actor: string) => meta('officer', { actor });

  it.each(['prepared', 'advised'])('is taken by an officer who has not %s it (Art. 38(6))', (part) => {
    const prepared = send(
      caseAt('deciding/open'),
      'dpo',
      { kind: 'prepare-decision', right: 'access', decision: grantedAccess },
      { actor: part === 'prepared' ? 'both' : 'one' },
    );
    const advised = send(
      prepared,
      'dpo',
      { kind: 'give-opinion', right: 'access', opinion: 'agrees' },
      { actor: part === 'advised' ? 'both' : 'another' },
    );
    expect(decideCommand(advised, decide, officer('both'), rules)).toMatchObject({
      refusal: { code: 'second-person-needed' },
    });
    expect(decideCommand(advised, decide, officer('third'), rules).kind).toBe('accepted');
  });

  it('on a copy says what the review withholds of it (Art. 15(4))', () => {
    const reviewed = send(caseAt('reviewing'), 'dpo', { kind: 'submit-review', withheld: 1 });
    const open = send(reviewed, 'officer', { kind: 'confirm-review' });
    const prepare: CaseCommand = { kind: 'prepare-decision', right: 'access', decision: grantedAccess };
    expect(decideCommand(open, prepare, meta('dpo'), rules)).toMatchObject({ refusal: { code: 'review-contradicts' } });
  });
});

describe('authority', () => {
  it.each(requesterCapacities)('of %s is proven as the law asks for it, or not believed (Art. 12(6))', (capacity) => {
    const confirm = (proof?: (typeof proofsFor)[typeof capacity][number] | 'court-appointment') =>
      decideCommand(
        caseAt('identification'),
        { kind: 'confirm-identity', level: 'document-checked', capacity, ...(proof === undefined ? {} : { proof }) },
        meta('dpo'),
        rules,
      );
    const proofs = proofsFor[capacity];
    for (const proof of proofs) expect(confirm(proof).kind).toBe('accepted');
    if (proofs.length === 0) expect(confirm().kind).toBe('accepted');
    else {
      expect(confirm()).toMatchObject({ refusal: { code: 'authority-missing' } });
      if (!proofs.includes('court-appointment'))
        expect(confirm('court-appointment')).toMatchObject({ refusal: { code: 'authority-missing' } });
    }
  });
});

it('a restriction is lifted when the days of its notice are over, and not a moment before (Art. 18(3))', () => {
  const state = caseAt('standing/notice-given');
  const end = state.rights[0]?.restriction?.liftNotBefore ?? day(0);
  expect(end).toBe(day(3 + rules.liftingNoticeDays));
  const lift = (at: typeof end) =>
    decideCommand(state, { kind: 'lift-restriction', right: 'restriction' }, meta('officer', { at }), rules);
  expect(lift(instantPlus(end, -1))).toMatchObject({ refusal: { code: 'notice-running', detail: end } });
  expect(lift(end).kind).toBe('accepted');
});

it('I9: a letter that is on its way is not released again, and one that came back is', () => {
  const state = composed(caseAt('deciding/lettered'));
  const letter = state.letters.findLast(({ state: at }) => at === 'composed');
  if (letter === undefined) throw new Error('There is no letter');
  const { letterId } = letter;
  const command: CaseCommand = { kind: 'send-letter', letterId };
  const release = meta('dpo');
  const released = send(state, 'dpo', command, release);
  const sent = report(released, { kind: 'letter-sent', letterId, releaseId: release.commandId });
  for (const onItsWay of [released, sent]) {
    expect(decideCommand(onItsWay, command, meta('dpo'), rules)).toMatchObject({
      refusal: { code: 'letter-on-its-way' },
    });
  }
  const back = send(sent, 'dpo', { kind: 'report-undelivered', letterId });
  expect(decideCommand(back, command, meta('dpo'), rules).kind).toBe('accepted');
});
