/** What a decision must be made of, right by right (law.md sections 5 and 6). */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import { type Decision, decisionFault } from '../../domain/request/course/decision.ts';
import { groundCodes, grounds, outcomesOf, outcomesResting } from '../../domain/request/course/grounds.ts';
import {
  identificationItems,
  identityLevels,
  provenLevels,
  questionFault,
} from '../../domain/request/course/identity.ts';
import { rightKinds } from '../../domain/request/course/rights.ts';
import { proposeDecision } from '../../domain/request/decision/propose-decision.ts';
import { manifest } from '../support/requests/cases.ts';

const chat = recordClassId('chat');
const decision = (change: Partial<Decision>): Decision => ({
  outcome: 'refused',
  grounds: [],
  lines: [],
  reasonsFor: [...groundCodes],
  earlierCases: [],
  ...change,
});

describe('an erasure', () => {
  const line = (result: 'granted' | 'denied' | 'deferred', ...codes: Decision['grounds'][number][]) => [
    { recordClass: chat, result, grounds: codes },
  ];

  it.each([
    ['is tested against Art. 17(1) first', decision({ lines: line('denied', '17.3.b') }), 0, 'erasure-untested'],
    ['is not both met and not met', decision({ lines: line('denied', '17.1.a', '17.1.none') }), 0, 'erasure-untested'],
    [
      'is not denied where a condition is met and nothing stands against it',
      decision({ lines: line('denied', '17.1.d') }),
      0,
      'lines-contradict-outcome',
    ],
    [
      'is not granted against an exception',
      decision({ outcome: 'erased', lines: line('granted', '17.1.d', '17.3.e') }),
      0,
      'lines-contradict-outcome',
    ],
    [
      'is not granted where no condition is met',
      decision({ outcome: 'erased', lines: line('granted', '17.1.none') }),
      0,
      'lines-contradict-outcome',
    ],
    [
      'is deferred only under a hold',
      decision({ outcome: 'deferred', lines: line('deferred', '17.1.a', '17.3.e') }),
      0,
      'hold-missing',
    ],
    [
      'names its outcome as its lines add up',
      decision({ outcome: 'erased', lines: line('denied', '17.1.none') }),
      0,
      'lines-contradict-outcome',
    ],
    ['decides every class that was found', decision({ grounds: ['17.1.none'] }), 0, 'class-undecided'],
    [
      'decides no class that was not found',
      decision({ lines: [{ recordClass: recordClassId('sms'), result: 'denied', grounds: ['17.1.none'] }] }),
      0,
      'class-not-found',
    ],
    [
      'gives reasons of its own',
      decision({ lines: line('denied', '17.1.none', '17.3.b'), reasonsFor: ['17.1.none'] }),
      0,
      'reasons-missing',
    ],
    ['rests on grounds of erasure', decision({ lines: line('denied', '20.3') }), 0, 'ground-not-possible'],
    [
      'may be deferred under a hold',
      decision({ outcome: 'deferred', lines: line('deferred', '17.1.a', '17.3.e') }),
      1,
      undefined,
    ],
    ['may be refused with its grounds', decision({ lines: line('denied', '17.1.none', '17.3.b') }), 0, undefined],
    ['may be granted', decision({ outcome: 'erased', lines: line('granted', '17.1.d') }), 0, undefined],
  ] as const)('%s', (_title, made, suspended, fault) => {
    expect(decisionFault('erasure', made, manifest(3, suspended))).toBe(fault);
  });
});

describe('any decision', () => {
  it('calls a request excessive only with the earlier ones', () => {
    expect(decisionFault('access', decision({ grounds: ['12.5.excessive'] }), manifest(1))).toBe(
      'earlier-cases-missing',
    );
    expect(
      decisionFault(
        'access',
        decision({ grounds: ['12.5.excessive'], earlierCases: ['INPS-2027-000001'] }),
        manifest(1),
      ),
    ).toBeUndefined();
  });

  it('never refuses what is unconditional', () => {
    for (const kind of ['consent-withdrawal', 'opt-out'] as const) {
      for (const ground of groundCodes) {
        expect(decisionFault(kind, decision({ grounds: [ground] }), undefined)).toBe('outcome-not-possible');
      }
    }
  });

  it('says that nothing is held where nothing was found, and only there', () => {
    for (const kind of rightKinds.filter((right) => outcomesOf[right].some((outcome) => outcome === 'no-data'))) {
      const none = decision({ outcome: 'no-data', grounds: ['not-held'] });
      expect(decisionFault(kind, none, manifest(0))).toBeUndefined();
      expect(decisionFault(kind, none, manifest(2))).toBe('lines-contradict-outcome');
    }
    expect(decisionFault('access', decision({ outcome: 'granted', grounds: ['15.1'] }), manifest(0))).toBe(
      'nothing-was-found',
    );
  });

  it('rests on a ground that can carry its outcome (property)', () => {
    void fc.assert(
      fc.property(fc.constantFrom(...rightKinds), fc.constantFrom(...groundCodes), fc.nat(), (kind, ground, pick) => {
        const possible = outcomesOf[kind];
        const outcome = possible[pick % possible.length];
        if (outcome === undefined) return;
        const fault = decisionFault(kind, decision({ outcome, grounds: [ground], earlierCases: ['X'] }), manifest(1));
        if (!outcomesResting(kind, ground).includes(outcome)) expect(fault).toBe('ground-not-possible');
      }),
    );
  });

  it('can be made of every ground of the list, so that none is dead', () => {
    const dead = groundCodes.filter(
      (ground) => !grounds[ground].rights.some((kind) => outcomesResting(kind, ground).length > 0),
    );
    // Only letters state Art. 18(2): what an erasure that was granted waits for, where a restriction keeps the records.
    expect(dead).toEqual(['18.2']);
  });
});

describe('a proposal', () => {
  it('is one that could be decided as it stands, once reasons are given (property)', () => {
    void fc.assert(
      fc.property(
        fc.constantFrom(...rightKinds),
        fc.constantFrom('6.1.a' as const, '6.1.c' as const, '6.1.e' as const, '6.1.f' as const),
        fc.nat(3),
        fc.boolean(),
        fc.boolean(),
        (kind, basis, found, suspended, consentWithdrawn) => {
          const search = manifest(found, suspended ? found : 0);
          const proposal = proposeDecision({
            kind,
            manifest: search,
            basisOf: () => basis,
            consentWithdrawn,
            withheld: 0,
            today: '2027-03-05',
          });
          if (proposal === undefined) return;
          expect(
            decisionFault(kind, { ...proposal, reasonsFor: [...groundCodes], earlierCases: [] }, search),
          ).toBeUndefined();
        },
      ),
    );
  });
});

describe('identity', () => {
  it('asks nothing more of whoever is proven by SPID, CIE or PEC, and never a proof of authority of whoever acts for themselves', () => {
    for (const level of identityLevels) {
      for (const item of identificationItems) {
        const fault = questionFault(level, 'self', 'identity', [item]);
        if (provenLevels.includes(level)) expect(fault).toBeDefined();
        expect(questionFault(level, 'self', 'authority', [item])).toBeDefined();
      }
    }
    expect(questionFault('claimed', 'self', 'identity', ['document-copy'])).toBeUndefined();
    expect(questionFault('digital-identity', 'agent', 'authority', ['mandate'])).toBeUndefined();
    expect(questionFault('claimed', 'self', 'identity', [])).toBe('nothing-asked');
  });
});
