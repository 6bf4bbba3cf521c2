/** A policy that sets its own days: what is decided, dated and told follows it, never the defaults. */
import { describe, expect, it } from 'vitest';
import { recordClassId, recordId } from '../../domain/ids.ts';
import { composeLetter } from '../../domain/letter/compose-letter.ts';
import type { CompositionFacts } from '../../domain/letter/composition-facts.ts';
import type { CasePeriods, Policy } from '../../domain/policy/policy.ts';
import type { RightCase } from '../../domain/request/course/case-state.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import type { CaseLetterKind } from '../../domain/request/course/events.ts';
import { defaultCasePeriods, pendingReviewOn, rulesOf } from '../../domain/request/decision/case-rules.ts';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { classTitlesOf, composeDocument } from '../../letters/compose-document.ts';
import { loadPolicies } from '../../policies/load-policies.ts';
import { caseAt } from '../support/requests/cases.ts';

const inps = (await loadPolicies({ folder: 'policies' })).find(({ policy }) => String(policy.controller) === 'inps');
if (inps === undefined) throw new Error('The policy of inps is not there');
const withPeriods = (periods: CasePeriods): Policy => ({
  ...inps.policy,
  rightsRequests: { ...inps.policy.rightsRequests, periods },
});
const own = withPeriods({
  unansweredDays: 45,
  liftingNoticeDays: 20,
  restrictionReviewDays: 90,
  pendingReviewDays: 75,
});
const at = instant('2027-03-01T10:00:00Z');
const chat = recordClassId('chat');

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return (Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.values(value)).map(textOf).join(' ');
};

/** The text of a letter on one right; only what letters read of a case. */
const textOfLetter = (policy: Policy, kind: CaseLetterKind, right: Pick<RightCase, 'key'> & object): string => {
  const facts = {
    policy,
    now: at,
    protocol: { number: '0000001', date: localDate('2027-03-01') },
    addressee: { name: 'Anna Rossi', delivery: { kind: 'counter' } },
    signatory: { name: 'Dott. Ugo Verdi', office: 'Il Dirigente' },
    addedParagraphs: [],
    words: 'WORDS',
    records: [
      {
        recordId: recordId('01900000-0000-7000-8000-000000000001'),
        recordClass: chat,
        triggerAt: at,
        boundDay: localDate('2032-03-01'),
        legalBasis: { article: '6.1.e', source: 'test' },
        objects: [],
        suspendedBy: [],
      },
    ],
    recipients: [],
    rectified: [],
    redactions: [],
    earlierCases: [],
    erasedBefore: [],
    erased: [],
    keptBy: {},
    decisions: { [right.key]: { reasons: { '21.1.compelling': 'REASONS' }, balance: 'BALANCE', exceptions: [] } },
    extendedUntil: {},
    state: {
      reference: 'INPS-2027-000001',
      receivedAt: instant('2027-02-26T10:00:00Z'),
      channel: 'email',
      language: 'it',
      identity: { level: 'document-checked', capacity: 'self', confirmed: true },
      rights: [{ state: 'executed', clock: { lastDay: '2027-04-05', unpausedLastDay: '2027-04-05' }, ...right }],
      letters: [{ letterId: 'l', kind, rights: [right.key], state: 'ordered', orderedAt: at }],
    },
  } as unknown as CompositionFacts;
  const content = composeLetter(facts, 'l', undefined);
  return textOf(composeDocument({ titles: classTitlesOf(policy) }, content, at)).replaceAll(/[\s\u00a0]+/g, ' ');
};

const decidedAs = (outcome: string, lines: readonly object[]) => ({
  at,
  by: 'x',
  late: false,
  decision: { outcome, grounds: [], lines, reasonsFor: [], earlierCases: [] },
});

describe('letters of a policy with its own days', () => {
  it.each([
    [
      'the restriction that was granted: its review and the days of notice',
      'answer',
      ['20 giorni', '30 maggio 2027'],
      {
        key: 'restriction',
        decided: decidedAs('restricted', [{ recordClass: chat, result: 'granted', grounds: ['18.1.b'] }]),
      },
    ],
    [
      'the restriction that ends with the answer to an objection',
      'answer',
      ['21 marzo 2027'],
      {
        key: 'objection',
        restriction: { why: '18.1.d', state: 'in-force' },
        decided: decidedAs('refused', [{ recordClass: chat, result: 'denied', grounds: ['21.1.compelling'] }]),
      },
    ],
    [
      'the notice that a restriction will be lifted',
      'restriction-to-be-lifted',
      ['21 marzo 2027'],
      {
        key: 'restriction',
        restriction: { why: 'decided', state: 'notice-ordered' },
        decided: decidedAs('restricted', [{ recordClass: chat, result: 'granted', grounds: ['18.1.b'] }]),
      },
    ],
  ] as const)('%s', (_what, kind, expected, right) => {
    const text = textOfLetter(own, kind, right);
    const ofDefaults = textOfLetter(withPeriods({}), kind, right);
    for (const said of expected) {
      expect(text).toContain(said);
      expect(ofDefaults).not.toContain(said);
    }
  });
});

describe('what is decided and dated', () => {
  it('closes an unanswered question, gives notice and reviews after the days of the policy', () => {
    expect(rulesOf(own)).toMatchObject({ unansweredDays: 45, liftingNoticeDays: 20, restrictionReviewDays: 90 });
    const { pendingReviewDays: _, ...defaults } = defaultCasePeriods;
    expect(rulesOf(inps.policy)).toMatchObject(defaults);
    const state = caseAt('identification');
    const meta = { commandId: 'c', actor: 'anna', role: 'dpo', actsForController: true, at };
    const asked = decideCommand(
      state,
      { kind: 'ask-requester', about: 'specification', asked: ['period-or-service'] },
      meta,
      rulesOf(own),
    );
    expect(asked).toMatchObject({ kind: 'accepted', events: [{ closesAt: instantPlus(at, days(45)) }] });
  });

  it('looks at the suspension of a pending request after the days of the policy', () => {
    expect(pendingReviewOn(own, at)).toBe('2027-05-15');
    expect(pendingReviewOn(inps.policy, at)).toBe('2027-06-29');
  });

  it('keeps the default of each day that the policy does not name', () => {
    expect(rulesOf(withPeriods({ liftingNoticeDays: 30 }))).toMatchObject({
      unansweredDays: 60,
      liftingNoticeDays: 30,
      restrictionReviewDays: 180,
    });
  });
});
