/** The answer to a request for erasure tells what was done, not what was meant to be done. */
import { describe, expect, it } from 'vitest';
import { certificateId, recordClassId, recordId } from '../../domain/ids.ts';
import { composeErasure, type ErasureInput } from '../../domain/letter/compose-erasure.ts';
import type { CompositionFacts } from '../../domain/letter/composition-facts.ts';
import type { RightCase } from '../../domain/request/course/case-state.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import type { ManifestRecord } from '../../domain/request/decision/manifest.ts';
import { instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { loadPolicies } from '../../policies/load-policies.ts';

const [inps] = (await loadPolicies({ folder: 'policies' })).filter(({ policy }) => policy.controller === 'inps');
if (inps === undefined) throw new Error('The policy of INPS is not there');
const { policy } = inps;
const sms = recordClassId('sms');
const at = instant('2027-03-01T10:00:00Z');

const ids = [1, 2, 3].map((number) => recordId(`01900000-0000-7000-8000-00000000000${number}`));
const records = ids.map(
  (id): ManifestRecord => ({
    recordId: id,
    recordClass: sms,
    triggerAt: at,
    boundDay: localDate('2032-03-01'),
    legalBasis: { article: '6.1.e', source: 'test' },
    contentDigest: 'ab',
    objects: [],
    suspendedBy: [],
  }),
);
const certificate = certificateId('01900000-0000-7000-8000-000000000009');

const answer = ({
  erased,
  keptBy,
  exceptions = [],
  executed = true,
  outcome = 'erased',
}: {
  erased: readonly number[];
  keptBy?: readonly string[];
  exceptions?: NonNullable<ErasureInput['words']['exceptions']>;
  executed?: boolean;
  outcome?: 'erased' | 'deferred';
}) => {
  const decision: Decision = {
    outcome,
    grounds: [],
    lines: [
      outcome === 'erased'
        ? { recordClass: sms, result: 'granted', grounds: ['17.1.a'] }
        : { recordClass: sms, result: 'deferred', grounds: ['17.1.a', '17.3.e'] },
    ],
    reasonsFor: [],
    earlierCases: [],
  };
  // Only what the answer on an erasure reads; the rest of a letter has tests of its own.
  const facts = {
    policy,
    now: at,
    records,
    recipients: [],
    erasedBefore: [],
    erased: erased.map((index) => ({
      recordId: records[index]?.recordId,
      recordClass: sms,
      erasedOn: localDate('2027-03-01'),
      certificate,
    })),
    keptBy: keptBy === undefined ? {} : { erasure: keptBy },
  } as unknown as CompositionFacts;
  const right = {
    key: 'erasure',
    ...(executed && { executed: { at, records: erased.length } }),
  } as unknown as RightCase;
  const reasons = { '17.1.a': 'why', '17.3.e': 'why', '17.3.b': 'why', '17.1.none': 'why' };
  return composeErasure(
    { facts, right, decision, words: { reasons, exceptions } },
    { right: { key: 'erasure', article: '17' }, decidedOn: localDate('2027-03-01') },
    { stated: () => [{ code: '17.1.a', citation: 'Art. 17(1)(a) GDPR' }], reviewOn: localDate('2027-09-01') },
  );
};

/** Everything said to be kept, record by record, with the codes of its grounds. */
const keptIn = (told: ReturnType<typeof answer>) =>
  'kept' in told
    ? told.kept.flatMap(({ grounds, records: those }) =>
        those.map((record) => [ids.indexOf(record.recordId), ...grounds.map(({ code }) => code)]),
      )
    : [];

describe('the answer to a request for erasure', () => {
  it('tells all as erased when all was erased', () => {
    expect(answer({ erased: [0, 1, 2] }).answer).toBe('erasure-erased');
  });

  it('tells what a hold kept meanwhile as kept for legal claims, and the rest as erased', () => {
    const told = answer({ erased: [0, 2], keptBy: ['litigation-hold'] });
    expect(told.answer).toBe('erasure-partly-erased');
    expect(keptIn(told)).toEqual([[1, '17.3.e']]);
  });

  it('is deferred when a suspension kept everything, with its date of review', () => {
    const told = answer({ erased: [], keptBy: ['legal-obligation'] });
    expect(told).toMatchObject({ answer: 'erasure-deferred', reviewOn: '2027-09-01' });
    expect(keptIn(told)).toEqual([
      [0, '17.3.b'],
      [1, '17.3.b'],
      [2, '17.3.b'],
    ]);
  });

  it('tells a record that the officer excepted with the grounds of the exception', () => {
    const told = answer({
      erased: [0, 1],
      exceptions: [{ recordId: String(ids[2]), result: 'denied', grounds: ['17.1.a', '17.3.b'] }],
    });
    expect(told.answer).toBe('erasure-partly-erased');
    expect(keptIn(told)).toEqual([[2, '17.1.a', '17.3.b']]);
  });

  it('does not tell a record as kept that an exception erased', () => {
    const told = answer({
      outcome: 'deferred',
      erased: [1],
      exceptions: [{ recordId: String(ids[1]), result: 'granted', grounds: ['17.1.a'] }],
    });
    expect(told.answer).toBe('erasure-partly-erased');
    expect(keptIn(told).map(([record]) => record)).toEqual([0, 2]);
  });

  it('cannot be composed before anything was carried out', () => {
    expect(() => answer({ erased: [], executed: false })).toThrow(/records that were erased/);
  });
});
