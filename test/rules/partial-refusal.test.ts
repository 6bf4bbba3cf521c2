/** A refusal, also in part, is told inside the first month: Art. 12(4) knows no extension. */
import { expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import type { CaseState, RightCase } from '../../domain/request/course/case-state.ts';
import { decideAnswer } from '../../domain/request/course/deciding.ts';
import type { Decision, LineResult } from '../../domain/request/course/decision.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import { instant } from '../../domain/time/instant.ts';

const monthEnds = instant('2027-04-06T00:00:00+02:00');
const classes = [recordClassId('chat'), recordClassId('sms')];

const decided = (key: RightKey, decision: Partial<Decision>, at: string) =>
  decideAnswer(
    // Only what deciding reads of a case.
    {
      rights: [
        {
          key,
          state: 'advised',
          clock: { firstMonthEndsAt: monthEnds, firstMonthLastDay: '2027-04-05' },
        } as unknown as RightCase,
      ],
      manifest: { records: 2, classes: classes.map((recordClass) => ({ recordClass, found: 1, suspended: 0 })) },
    } as unknown as CaseState,
    {
      kind: 'decide',
      right: key,
      decision: {
        outcome: 'upheld',
        grounds: [],
        lines: [],
        reasonsFor: ['21.1.not-shown', '21.1.compelling', '18.1.none'],
        earlierCases: [],
        ...decision,
      },
      acknowledgedLate: false,
    },
    { commandId: 'c', actor: 'ugo', role: 'officer', actsForController: true, at: instant(at) },
  );

const lines = (
  ...results: (readonly [LineResult, Decision['lines'][number]['grounds'][number]])[]
): Decision['lines'] =>
  results.map(([result, ground], index) => ({
    recordClass: classes[index] ?? recordClassId('chat'),
    result,
    grounds: [ground],
  }));

const late = '2027-04-06T09:00:00+02:00';

it.each([
  [
    'an objection upheld for one class only',
    'objection',
    'upheld',
    lines(['granted', '21.1.not-shown'], ['denied', '21.1.compelling']),
  ],
  [
    'a restriction of one class only',
    'restriction',
    'restricted',
    lines(['granted', '18.1.c'], ['denied', '18.1.none']),
  ],
  ['portability of one class only', 'portability', 'granted', lines(['granted', '20.1'], ['denied', '20.3'])],
] as const)('%s is refused in part: decided after the first month it is late', (_what, key, outcome, those) => {
  expect(decided(key, { outcome, lines: those }, late)).toMatchObject({
    kind: 'refused',
    refusal: { code: 'refusal-late' },
  });
  expect(decided(key, { outcome, lines: those }, '2027-04-05T23:00:00+02:00')).toMatchObject({ kind: 'accepted' });
});

it('what is granted whole may be told by the extended deadline', () => {
  const whole = lines(['granted', '21.1.not-shown'], ['granted', '21.1.not-shown']);
  expect(decided('objection', { outcome: 'upheld', lines: whole }, late)).toMatchObject({ kind: 'accepted' });
});
