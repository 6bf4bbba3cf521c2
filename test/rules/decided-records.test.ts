/** Which records a decision is about: class by class, single records by their exceptions, destruction on the officer's own word only. */
import { describe, expect, it } from 'vitest';
import { controllerId, recordClassId, recordId } from '../../domain/ids.ts';
import { receivedCase } from '../../domain/request/course/apply-event.ts';
import type { CaseState, RightCase } from '../../domain/request/course/case-state.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import {
  erasedOnceFree,
  erasureFollows,
  exceptionsInForce,
  grantsFor,
} from '../../domain/request/decision/decided-records.ts';
import { instant } from '../../domain/time/instant.ts';

const [first, second] = [
  recordId('0190f000-0000-7000-8000-000000000001'),
  recordId('0190f000-0000-7000-8000-000000000002'),
];
const [chat, sms] = [recordClassId('chat'), recordClassId('sms')];

const lines: Decision['lines'] = [
  { recordClass: chat, result: 'granted', grounds: ['17.1.d'] },
  { recordClass: sms, result: 'denied', grounds: ['17.1.none'] },
];

describe('a decision', () => {
  it('grants by class, save where a single record is decided otherwise', () => {
    const grants = grantsFor({ lines }, [
      { recordId: first, result: 'denied' },
      { recordId: second, result: 'granted' },
    ]);
    expect(grants({ recordId: first, recordClass: chat })).toBe(false);
    expect(grants({ recordId: second, recordClass: sms })).toBe(true);
    expect(grantsFor({ lines }, [])({ recordId: first, recordClass: chat })).toBe(true);
    expect(
      grantsFor({ lines }, [{ recordId: first, result: 'deferred' }])({ recordId: first, recordClass: chat }),
    ).toBe(false);
  });

  it('grants nothing of a class that no line names', () => {
    expect(grantsFor({ lines: [] }, [])({ recordId: first, recordClass: chat })).toBe(false);
  });
});

describe('exceptions', () => {
  it('are those of the officer, where the officer wrote any', () => {
    const officer = [{ recordId: first, result: 'granted' as const }];
    expect(exceptionsInForce(officer, [{ recordId: second, result: 'denied' }])).toEqual(officer);
    expect(exceptionsInForce([], [{ recordId: second, result: 'denied' }])).toEqual([]);
  });

  it('of whoever prepared only keep: what the officer did not write destroys nothing', () => {
    const prepared = [
      { recordId: first, result: 'granted' as const },
      { recordId: second, result: 'denied' as const },
    ];
    expect(exceptionsInForce(undefined, prepared)).toEqual([{ recordId: second, result: 'denied' }]);
  });
});

describe('an erasure that something keeps back', () => {
  const deferred = (...grounds: Decision['grounds'][number][]): Decision['lines'] => [
    { recordClass: chat, result: 'deferred', grounds },
  ];
  const record = { recordId: first, recordClass: chat };

  it.each([
    ['granted', lines, true],
    ['deferred against a condition of Art. 17(1) that is met', deferred('17.1.a', '17.3.e'), true],
    ['called deferred though no condition is met: the period decides', deferred('17.1.none', '17.3.e'), false],
    ['of a class that no line names', [], false],
  ] as const)('takes what is %s: %#', (_what, those, taken) => {
    expect(erasedOnceFree({ lines: those }, [], false)(record)).toBe(taken);
  });

  it('takes a record that the officer alone deferred, and none by the word of whoever only prepared', () => {
    const denied: Decision['lines'] = [{ recordClass: chat, result: 'denied', grounds: ['17.1.none'] }];
    const exception = (grounds: readonly string[]) => [{ recordId: first, result: 'deferred' as const, grounds }];
    expect(erasedOnceFree({ lines: denied }, exception(['17.1.d', '17.3.e']), true)(record)).toBe(true);
    expect(erasedOnceFree({ lines: denied }, exception(['17.1.d', '17.3.e']), false)(record)).toBe(false);
    expect(erasedOnceFree({ lines: denied }, exception(['17.1.none', '17.3.e']), true)(record)).toBe(false);
    // What the officer grants for the class, and somebody else only put off, goes with its class.
    expect(erasedOnceFree({ lines }, exception(['17.3.e']), false)(record)).toBe(true);
    expect(erasedOnceFree({ lines }, [{ recordId: first, result: 'denied' }], true)(record)).toBe(false);
  });
});

describe('an objection that was won, or a consent withdrawn,', () => {
  const withErasure = (erasure: Partial<RightCase> | undefined): CaseState => ({
    ...receivedCase(
      {
        caseId: '0190f000-0000-7000-8000-000000000003',
        controller: controllerId('inps'),
        reference: 'INPS-2026-000001',
        channel: 'pec',
        receivedAt: instant('2026-10-05T09:00:00Z'),
        language: 'it',
        identityLevel: 'digital-identity',
        capacity: 'self',
        rights: [],
        suspensionId: '0190f000-0000-7000-8000-000000000004',
      },
      instant('2026-10-05T09:00:00Z'),
    ),
    rights: erasure === undefined ? [] : [{ key: 'erasure', state: 'open', ...erasure }],
  });
  const decided = (grounds: Decision['lines'][number]['grounds']): Partial<RightCase> => ({
    state: 'closed',
    decided: {
      by: 'officer',
      at: instant('2026-10-20T09:00:00Z'),
      late: false,
      decision: {
        outcome: 'refused',
        grounds: [],
        lines: [{ recordClass: chat, result: 'denied', grounds }],
        reasonsFor: [],
        earlierCases: [],
      },
    },
  });

  it.each([
    ['nobody asked for erasure', undefined, true],
    ['erasure was asked for and is undecided', {}, false],
    ['the wish for erasure was withdrawn', { state: 'closed', ending: 'withdrawal' }, true],
    ['triage found no wish for erasure', { state: 'closed', ending: 'not-a-request' }, true],
    ['erasure was refused because no condition was met then', decided(['17.1.none']), true],
    ['an exception of Art. 17(3) keeps the class', decided(['17.1.none', '17.3.b']), false],
    ['a hold defers it', decided(['17.1.d', '17.3.e']), false],
  ] as const)('where %s: erases %s', (_, erasure, expected) => {
    expect(erasureFollows(withErasure(erasure), chat)).toBe(expected);
  });
});
