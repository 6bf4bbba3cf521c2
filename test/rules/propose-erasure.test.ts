/** The proposal on an erasure tests each legal basis by itself (Art. 17(1), 17(3)), and is a decision that can be carried out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordClassId, recordId } from '../../domain/ids.ts';
import { decisionFault } from '../../domain/request/course/decision.ts';
import { grounds } from '../../domain/request/course/grounds.ts';
import { proposeDecision } from '../../domain/request/decision/propose-decision.ts';
import { type FoundBasis, proposeErasure } from '../../domain/request/decision/propose-erasure.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { manifest } from '../support/requests/cases.ts';

const invitations = recordClassId('survey-invitation');
const [sms, mail] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'].map(recordId);
if (sms === undefined || mail === undefined) throw new Error('Two records are needed');

const byConsent: FoundBasis = {
  recordClass: invitations,
  legalBasis: { article: '6.1.a', source: 'autorizzazione' },
  found: 1,
  suspended: 0,
  latestBound: localDate('2027-03-08'),
  recordIds: [sms],
};
const byTask: FoundBasis = { ...byConsent, legalBasis: { article: '6.1.e', source: 'art. 2-ter' }, recordIds: [mail] };
const today = '2027-03-05';

describe('records of one class that rest on different bases', () => {
  it('are told apart: withdrawn consent erases, the public task keeps until the period ends', () => {
    expect(proposeErasure([byConsent, byTask], { consentWithdrawn: true, today })).toEqual({
      lines: [{ recordClass: invitations, result: 'granted', grounds: ['17.1.b'] }],
      exceptions: [{ recordId: mail, result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
      byBasis: [
        {
          recordClass: invitations,
          legalBasis: byConsent.legalBasis,
          records: 1,
          result: 'granted',
          grounds: [{ code: '17.1.b', citation: grounds['17.1.b'].citation }],
        },
        {
          recordClass: invitations,
          legalBasis: byTask.legalBasis,
          records: 1,
          result: 'denied',
          grounds: [
            { code: '17.1.none', citation: grounds['17.1.none'].citation },
            { code: '17.3.b', citation: grounds['17.3.b'].citation },
          ],
        },
      ],
    });
  });

  it('differ in what speaks against even where both are refused', () => {
    const { lines, exceptions } = proposeErasure([byTask, byConsent], { consentWithdrawn: false, today });
    expect(lines).toEqual([{ recordClass: invitations, result: 'denied', grounds: ['17.1.none', '17.3.b'] }]);
    expect(exceptions).toEqual([{ recordId: sms, result: 'denied', grounds: ['17.1.none'] }]);
  });

  it('are proposed to be kept where those that differ are too many to be named', () => {
    const { recordIds: _, ...many } = byTask;
    const { lines, exceptions } = proposeErasure([byConsent, many], { consentWithdrawn: true, today });
    expect(lines).toMatchObject([{ result: 'denied' }]);
    expect(exceptions).toEqual([]);
  });

  it('I2: are never given more than their own basis gives them', () => {
    const article = fc.constantFrom('6.1.a' as const, '6.1.b' as const, '6.1.c' as const, '6.1.e' as const);
    const basis = fc.record({
      article,
      suspended: fc.nat(1),
      over: fc.boolean(),
      named: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(basis, { minLength: 1, maxLength: 4 }), fc.boolean(), (drawn, consentWithdrawn) => {
        const bases = drawn.map(
          ({ article: on, suspended, over, named }, index): FoundBasis => ({
            recordClass: recordClassId('chat'),
            legalBasis: { article: on },
            found: 1,
            suspended,
            latestBound: localDate(over ? '2027-03-01' : '2027-04-01'),
            ...(named ? { recordIds: [recordId(`00000000-0000-7000-8000-00000000000${index}`)] } : {}),
          }),
        );
        const search = manifest(drawn.length, drawn.filter(({ suspended }) => suspended > 0).length);
        const proposal = proposeDecision({
          kind: 'erasure',
          manifest: search,
          basisOf: () => '6.1.e',
          bases,
          consentWithdrawn,
          withheld: 0,
          today,
        });
        if (proposal === undefined) throw new Error('An erasure is always proposed something');
        const granted = (index: number): boolean => {
          const id = bases[index]?.recordIds?.[0];
          const exception = proposal.exceptions?.find((one) => one.recordId === id);
          return (exception ?? proposal.lines[0])?.result === 'granted';
        };
        for (const index of bases.keys()) {
          if (granted(index)) expect(proposal.byBasis?.[index]?.result).toBe('granted');
        }
        const reasonsFor = proposal.lines.flatMap((line) => line.grounds);
        expect(decisionFault('erasure', { ...proposal, reasonsFor, earlierCases: [] }, search)).toBeUndefined();
      }),
    );
  });
});
