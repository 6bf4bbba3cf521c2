/** Letters on restriction and rectification tell what holds afterwards: dates that a restriction moves, and only corrections that were made. */
import { expect, it } from 'vitest';
import { recordClassId, recordId } from '../../domain/ids.ts';
import { composeAnswer } from '../../domain/letter/compose-answer.ts';
import type { CompositionFacts } from '../../domain/letter/composition-facts.ts';
import type { RightCase } from '../../domain/request/course/case-state.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import { instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { loadPolicies } from '../../policies/load-policies.ts';

const [inps] = (await loadPolicies({ folder: 'policies' })).filter(({ policy }) => policy.controller === 'inps');
if (inps === undefined) throw new Error('The policy of INPS is not there');
const { policy } = inps;
const at = instant('2027-03-01T10:00:00Z');
const records = ['chat', 'sms'].map((name, index) => ({
  recordId: recordId(`01900000-0000-7000-8000-00000000000${index}`),
  recordClass: recordClassId(name),
  triggerAt: at,
  boundDay: localDate('2032-03-01'),
  suspendedBy: [],
}));
const [chat, sms] = records;

const answer = (key: 'restriction' | 'rectification', decision: Partial<Decision>, facts: object = {}) =>
  // Only what these answers read; the rest of a letter has tests of its own.
  composeAnswer(
    {
      policy,
      now: at,
      records,
      recipients: [],
      rectified: [],
      erased: [],
      erasedBefore: [],
      state: { rights: [] },
      decisions: { [key]: { reasons: {} } },
      ...facts,
    } as unknown as CompositionFacts,
    {
      key,
      decided: { at, by: 'x', late: false, decision: { lines: [], reasonsFor: [], earlierCases: [], ...decision } },
      executed: { at, records: 1, certificates: 0 },
    } as unknown as RightCase,
  );

it('a record under a restriction that is granted may stay beyond its date (Art. 18), and the letter says so', () => {
  const told = answer('restriction', {
    outcome: 'restricted',
    grounds: ['18.1.c'],
    lines: [{ recordClass: recordClassId('sms'), result: 'granted', grounds: ['18.1.c'] }],
  });
  expect(told).toMatchObject({
    answer: 'restriction-granted',
    records: [{ recordId: sms?.recordId, keptLonger: true }],
  });
});

it('only what was corrected is told as corrected', () => {
  const change = { what: 'text', before: 'via A', after: 'via B', on: localDate('2027-03-01') };
  const rectified = [
    { ...change, recordId: chat?.recordId, attached: true },
    { ...change, recordId: sms?.recordId, attached: false },
  ];
  const told = answer('rectification', { outcome: 'corrected', grounds: ['16.inaccurate'] }, { rectified });
  expect(told).toMatchObject({ changes: [{ record: { recordId: sms?.recordId }, what: 'text' }] });
});
