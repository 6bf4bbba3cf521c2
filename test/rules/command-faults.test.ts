/** What would only be found out when a decision is done or told is refused before it is taken, naming the field. */
import { describe, expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import type { RecordClassPolicy } from '../../domain/policy/policy.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import {
  changesThatDoNotFit,
  type DecidingCommand,
  decidingNow,
  exceptionsThatCannotBeTold,
  missingWords,
  recordFaults,
  recordsNamed,
  rightsThatNeedAnIdentifier,
  unknownEarlierCases,
} from '../../domain/request/decision/command-faults.ts';
import { instant } from '../../domain/time/instant.ts';

const [one, other] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002'] as const;
const chat = recordClassId('chat');

const stateOf = (key: RightKey, right: object = {}): CaseState =>
  ({
    stage: 'deciding',
    reference: 'INPS-2027-000009',
    rights: [{ key, state: 'open', ...right }],
  }) as unknown as CaseState;

const deciding = (
  right: RightKey,
  decision: Partial<Decision>,
  kind: DecidingCommand['kind'] = 'prepare-decision',
): DecidingCommand =>
  ({
    kind,
    right,
    decision: { outcome: 'refused', grounds: [], lines: [], reasonsFor: [], earlierCases: [], ...decision },
  }) as DecidingCommand;

describe('a decision without the words its letter needs', () => {
  it.each([
    ['rectification', 'corrected', {}, ['decision.changes']],
    ['rectification', 'statement-attached', {}, ['decision.statement']],
    ['rectification', 'statement-attached', { statement: 'S' }, []],
    ['objection', 'upheld', {}, ['decision.balance']],
    ['objection', 'refused', {}, ['decision.balance']],
    ['objection', 'refused', { balance: 'B' }, []],
    ['objection', 'no-data', {}, []],
    ['access', 'granted', {}, []],
  ] as const)('%s, %s, %o', (right, outcome, words, fields) => {
    const faults = missingWords(stateOf(right), deciding(right, { outcome }), words);
    expect(faults.map(({ field }) => field)).toEqual(fields);
    for (const { code } of faults) expect(code).toBe('required');
  });

  it('may rely on the prepared words where the officer decides the same outcome, and only there', () => {
    const state = stateOf('objection', {
      state: 'advised',
      prepared: { decision: { outcome: 'upheld', reasonsFor: [] } },
    });
    expect(missingWords(state, deciding('objection', { outcome: 'upheld' }, 'decide'), {})).toEqual([]);
    expect(missingWords(state, deciding('objection', { outcome: 'refused' }, 'decide'), {})).toHaveLength(1);
  });

  it('is not judged on a right that has been decided: the case answers for that', () => {
    const command = deciding('objection', { outcome: 'upheld' });
    expect(decidingNow(stateOf('objection', { state: 'executing' }), command)).toBeUndefined();
    expect(decidingNow(stateOf('access'), command)).toBeUndefined();
    expect(decidingNow(stateOf('objection'), command)).toBe(command);
  });
});

describe('an exception of single records', () => {
  const exception = (...codes: readonly string[]) => ({
    exceptions: [{ recordId: one, result: 'denied' as const, grounds: codes }],
  });

  it('rests on grounds of its right, with reasons where they need them', () => {
    const judge = (reasonsFor: Decision['reasonsFor'], ...codes: readonly string[]) =>
      exceptionsThatCannotBeTold(stateOf('erasure'), deciding('erasure', { reasonsFor }), exception(...codes));
    expect(judge([], '21.1.compelling')).toMatchObject([
      { field: 'decision.exceptions.0.grounds', code: 'ground-not-possible' },
    ]);
    expect(judge([], '17.3.b')).toMatchObject([{ field: 'decision.exceptions.0.grounds', code: 'reasons-missing' }]);
    expect(judge(['17.3.b'], '17.3.b')).toEqual([]);
  });
});

describe('records that a command names', () => {
  const found = new Map([[one, { recordClass: 'chat', objectNames: new Set(['transcript.txt']) }]]);
  const redaction = (of: object) => ({
    redactions: [
      { recordId: one, recordClass: 'chat', what: 'object', ground: '15.4', where: 'transcript.txt', ...of } as const,
    ],
  });

  it('are those of its manifest, of the class and with the objects it names', () => {
    const review = { kind: 'submit-review', withheld: 1 } as const;
    expect(recordFaults(review, redaction({}), found)).toEqual([]);
    expect(recordFaults(review, redaction({ recordId: other }), found)).toMatchObject([
      { field: 'redactions.0.recordId', code: 'not-in-manifest' },
    ]);
    expect(recordFaults(review, redaction({ recordClass: 'sms' }), found)).toMatchObject([
      { field: 'redactions.0.recordClass', code: 'other-class' },
    ]);
    expect(recordFaults(review, redaction({ where: 'photo.png' }), found)).toMatchObject([
      { field: 'redactions.0.where', code: 'unknown-object' },
    ]);
  });

  it('are named by their place in the body of the command', () => {
    const words = { exceptions: [{ recordId: other, result: 'denied' as const, grounds: [] }] };
    const command = deciding('erasure', {});
    expect(recordsNamed(command, words)).toEqual([other]);
    expect(recordFaults(command, words, found)).toMatchObject([{ field: 'decision.exceptions.0.recordId' }]);
  });
});

describe('corrections', () => {
  const rule = (content: RecordClassPolicy['content']) =>
    ({ id: chat, content, fields: [], trigger: { event: 'chat-end' } }) as unknown as RecordClassPolicy;
  const read = { triggerAt: instant('2026-03-01T10:00:00Z'), identifiers: [], fields: {}, text: 'via Roma 1' };
  const change = (before: string, after: string) => ({ recordId: one, what: 'text', before, after });
  const judge = (content: RecordClassPolicy['content'], ...changes: readonly ReturnType<typeof change>[]) =>
    changesThatDoNotFit({ changes }, { classOf: () => rule(content), contents: new Map([[one, read]]) });

  it('must find what they change, each in what the one before left', () => {
    expect(judge('sealed-text', change('Roma', 'Milano'), change('Milano', 'Torino'))).toEqual([]);
    expect(judge('sealed-text', change('Napoli', 'Milano'))).toMatchObject([
      { field: 'decision.changes.0.before', code: 'does-not-fit' },
    ]);
    expect(judge('sealed-text', change('Roma', 'Milano'), change('Roma', 'Torino'))).toMatchObject([
      { field: 'decision.changes.1.before', code: 'does-not-fit' },
    ]);
  });

  it('are not made in an archive, or in what may not be read', () => {
    expect(judge('both', change('Roma', 'Milano'))).toMatchObject([{ code: 'archive' }]);
    expect(
      changesThatDoNotFit(
        { changes: [change('Roma', 'Milano')] },
        { classOf: () => rule('sealed-text'), contents: new Map() },
      ),
    ).toMatchObject([{ field: 'decision.changes.0.recordId', code: 'not-readable' }]);
  });
});

describe('earlier cases and identifiers', () => {
  it('lists only other cases that the controller has', () => {
    const command = deciding('access', { earlierCases: ['INPS-2026-000001', 'INPS-2027-000009', 'INPS-1999-000001'] });
    const known = new Set(['INPS-2026-000001', 'INPS-2027-000009']);
    expect(unknownEarlierCases(stateOf('access'), command, known).map(({ field }) => field)).toEqual([
      'decision.earlierCases.1',
      'decision.earlierCases.2',
    ]);
  });

  it('needs an identifier for what systems look up, when identity is confirmed and before it is decided', () => {
    const identify = { kind: 'confirm-identity', level: 'document-checked', capacity: 'self' } as const;
    const open = { ...stateOf('opt-out/surveys' as RightKey), stage: 'identification' as const };
    expect(rightsThatNeedAnIdentifier(open, identify, {})).toEqual(['opt-out/surveys']);
    expect(
      rightsThatNeedAnIdentifier(open, identify, { identifiers: [{ kind: 'email', value: 'anna@example.it' }] }),
    ).toEqual([]);
    expect(rightsThatNeedAnIdentifier({ ...stateOf('access'), stage: 'identification' }, identify, {})).toEqual([]);
    const withdrawal = stateOf('consent-withdrawal');
    const command = deciding('consent-withdrawal', { outcome: 'recorded' });
    expect(rightsThatNeedAnIdentifier(withdrawal, command, {})).toEqual(['consent-withdrawal']);
  });
});
