/**
 * Each right and each outcome, for both controllers, from the message to the closed case, on records that sources handed in: searched,
 * reviewed, decided, carried out by the gate, answered.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordId } from '../../domain/ids.ts';
import type { GroundCode } from '../../domain/request/course/grounds.ts';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-stories');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');

type Scene = {
  readonly controller: 'inps' | 'comune-di-milano';
  readonly recordClass: string;
  readonly bound: string;
  readonly optOut: string;
};
const scenes: readonly Scene[] = [
  { controller: 'inps', recordClass: 'chat', bound: '2032-01-10', optOut: 'satisfaction-surveys' },
  { controller: 'comune-di-milano', recordClass: 'booking', bound: '2028-01-10', optOut: 'further-surveys' },
];

const line = (recordClass: string, result: string, ...grounds: GroundCode[]) => ({ recordClass, result, grounds });
const facts = 'per la situazione particolare descritta dalla persona';
const reasons = (...codes: GroundCode[]) => Object.fromEntries(codes.map((code) => [code, facts]));

/** How many of these records exist. */
const countLeft = async (records: readonly RecordId[]): Promise<number> =>
  records.length === 0
    ? 0
    : (
        await world.world
          .database('api')
          .selectFrom('record')
          .select('id')
          .where('id', 'in', [...records])
          .execute()
      ).length;

type Outcome = {
  readonly name: string;
  readonly right: string;
  readonly records?: number;
  readonly suspended?: boolean;
  /** Another class than the scene's, where the story is about data that may be changed. */
  readonly recordClass?: Partial<Record<Scene['controller'], string>>;
  readonly text?: string;
  readonly decision: (scene: Scene, records: readonly RecordId[]) => Record<string, unknown>;
  /** How many of the records are there when the case is answered; default: all. */
  readonly left?: number;
  readonly redact?: boolean;
  /** What the answer letter holds on this right. */
  readonly answer: Record<string, unknown>;
  /** Where the case stands when the letter is delivered. */
  readonly ends?: string;
};

const outcomes: readonly Outcome[] = [
  {
    name: 'access is granted in full, with everything of Art. 15',
    right: 'access',
    decision: () => ({ outcome: 'granted', grounds: ['15.1'] }),
    answer: { answer: 'access-granted', automatedDecisions: 'none', otherRights: ['16', '17', '18', '21'] },
  },
  {
    name: "access is granted without what is other people's",
    right: 'access',
    redact: true,
    decision: () => ({ outcome: 'partly-granted', grounds: ['15.1', '15.4'], reasons: reasons('15.4') }),
    answer: { answer: 'access-partly-granted' },
  },
  {
    name: 'nothing is held, and that is said',
    right: 'access',
    records: 0,
    decision: () => ({ outcome: 'no-data', grounds: ['not-held'] }),
    answer: { answer: 'no-data' },
  },
  {
    name: 'a record is corrected, with before and after',
    right: 'rectification',
    // What was said in a chat stays as it was said; a text message is data of the Institute's own system.
    recordClass: { inps: 'sms' },
    text: 'Recapito: via A 1.',
    decision: (_scene, [recordId]) => ({
      outcome: 'corrected',
      grounds: ['16.inaccurate'],
      changes: [{ recordId, what: 'text', before: 'via A', after: 'via B' }],
    }),
    answer: {
      answer: 'rectification-corrected',
      changes: [expect.objectContaining({ before: 'via A', after: 'via B' })],
    },
    ends: 'standing',
  },
  {
    name: 'a statement stands beside an archive that must not be altered',
    right: 'rectification',
    decision: () => ({
      outcome: 'statement-attached',
      grounds: ['16.incomplete'],
      statement: 'La persona precisa quanto segue.',
    }),
    answer: { answer: 'rectification-statement-attached', statement: 'La persona precisa quanto segue.' },
    ends: 'standing',
  },
  {
    name: 'what is accurate stays, and the restriction meanwhile has an end',
    right: 'rectification',
    decision: () => ({ outcome: 'refused', grounds: ['16.accurate'], reasons: reasons('16.accurate') }),
    answer: { answer: 'rectification-refused', restrictionEndsAfter: expect.any(String) },
    ends: 'standing',
  },
  {
    name: 'everything is erased, with its certificate',
    right: 'erasure',
    decision: ({ recordClass }) => ({
      outcome: 'erased',
      grounds: ['17.1.d'],
      lines: [line(recordClass, 'granted', '17.1.d')],
    }),
    left: 0,
    answer: { answer: 'erasure-erased' },
  },
  {
    name: 'erasure is refused inside the prescribed period, with the date by which each record will be erased',
    right: 'erasure',
    decision: ({ recordClass }) => ({
      outcome: 'refused',
      grounds: [],
      lines: [line(recordClass, 'denied', '17.1.none', '17.3.b')],
      reasons: reasons('17.1.none', '17.3.b'),
    }),
    answer: { answer: 'erasure-refused' },
  },
  {
    name: 'erasure is deferred under a hold that is not named',
    right: 'erasure',
    suspended: true,
    decision: ({ recordClass }) => ({
      outcome: 'deferred',
      grounds: [],
      lines: [line(recordClass, 'deferred', '17.1.a', '17.3.e')],
      reasons: reasons('17.3.e'),
    }),
    answer: { answer: 'erasure-deferred' },
    // Until the hold ends and it is done.
    ends: 'standing',
  },
  {
    name: 'nothing is held that could be erased',
    right: 'erasure',
    records: 0,
    decision: () => ({ outcome: 'no-data', grounds: ['not-held'] }),
    answer: { answer: 'no-data' },
  },
  {
    name: 'processing is restricted',
    right: 'restriction',
    decision: ({ recordClass }) => ({
      outcome: 'restricted',
      grounds: ['18.1.c'],
      lines: [line(recordClass, 'granted', '18.1.c')],
    }),
    answer: { answer: 'restriction-granted', noticeDays: 15 },
    ends: 'standing',
  },
  {
    name: 'a restriction is refused',
    right: 'restriction',
    decision: ({ recordClass }) => ({
      outcome: 'refused',
      grounds: ['18.1.none'],
      lines: [line(recordClass, 'denied', '18.1.none')],
      reasons: reasons('18.1.none'),
    }),
    answer: { answer: 'refused', kind: 'restriction' },
  },
  {
    name: 'portability is refused for a public task, and access offered instead',
    right: 'portability',
    decision: ({ recordClass }) => ({
      outcome: 'refused',
      grounds: ['20.3'],
      lines: [line(recordClass, 'denied', '20.3')],
    }),
    answer: { answer: 'portability-refused', accessOffered: true },
  },
  {
    name: 'portability is granted where the basis is consent',
    right: 'portability',
    decision: ({ recordClass }) => ({
      outcome: 'granted',
      grounds: ['20.1'],
      lines: [line(recordClass, 'granted', '20.1')],
    }),
    answer: { answer: 'portability-granted', formats: ['json', 'csv'] },
  },
  {
    name: 'an objection is upheld: processing stops and the data are erased',
    right: 'objection',
    decision: ({ recordClass }) => ({
      outcome: 'upheld',
      grounds: ['21.1.not-shown'],
      lines: [line(recordClass, 'granted', '21.1.not-shown')],
      reasons: reasons('21.1.not-shown'),
      balance: 'Nessun motivo cogente prevale.',
    }),
    left: 0,
    answer: { answer: 'objection-upheld', balance: 'Nessun motivo cogente prevale.' },
    ends: 'standing',
  },
  {
    name: 'an objection is refused for compelling legitimate grounds',
    right: 'objection',
    decision: ({ recordClass }) => ({
      outcome: 'refused',
      grounds: ['21.1.compelling'],
      lines: [line(recordClass, 'denied', '21.1.compelling')],
      reasons: reasons('21.1.compelling'),
      balance: 'I motivi cogenti prevalgono.',
    }),
    answer: { answer: 'objection-refused', balance: 'I motivi cogenti prevalgono.' },
    ends: 'standing',
  },
  {
    name: 'a withdrawal of consent is recorded',
    right: 'consent-withdrawal',
    decision: () => ({ outcome: 'recorded', grounds: ['7.3'] }),
    answer: { answer: 'consent-withdrawal-recorded', effectiveOn: '2027-03-05' },
  },
  {
    name: 'an opt-out is recorded',
    right: 'opt-out',
    decision: () => ({ outcome: 'recorded', grounds: ['notice'] }),
    answer: { answer: 'opt-out-recorded', effectiveOn: '2027-03-05' },
  },
];

describe.each(scenes)('$controller', (scene) => {
  it.each(outcomes)(
    '$right: $name',
    async ({
      right,
      records: count = 1,
      suspended = false,
      recordClass,
      text,
      decision,
      left = count,
      redact = false,
      answer,
      ends = 'closed',
    }) => {
      const policy = world.policies.get(scene.controller);
      const key = right === 'opt-out' ? `opt-out/${policy?.optOuts[0]?.id}` : right;
      const about = recordClass?.[scene.controller] ?? scene.recordClass;
      const held = Array.from({ length: count }, () =>
        heldRecord(about, scene.bound, { held: suspended, ...(text === undefined ? {} : { text }) }),
      );
      const story = await Story.begin(world, scene.controller, message(received), held);
      await story.recognised(key);
      if ((await story.read()).stage === 'reviewing') {
        const redactions = redact
          ? story.records.map((recordId) => ({
              recordId,
              recordClass: about,
              what: 'passage',
              ground: '15.4',
              where: 'text 0-4',
            }))
          : [];
        await story.do('dpo', 'submit-review', { redactions });
        await story.do('officer', 'confirm-review', {});
      }
      await story.answered(key, decision({ ...scene, recordClass: about }, story.records));

      const letter = await story.letter('answer');
      expect(letter).toMatchObject({
        kind: 'answer',
        freeOfCharge: true,
        remedies: { complaint: { articles: '77' }, court: { seat: policy?.seat.court, articles: '79' } },
        protocol: { number: expect.stringMatching(/^\d{7}$/) },
        answers: [answer],
      });
      const told = JSON.stringify(letter);
      if (right === 'erasure' && count > 0 && !told.includes('erasure-erased')) expect(told).toContain(scene.bound);
      expect(told).not.toContain('litigation-hold');
      expect(await story.read()).toMatchObject({ stage: ends });
      expect(await story.right(key)).toMatchObject({ state: 'closed', ending: 'answer' });
      expect(await countLeft(story.records)).toBe(left);
      expect(world.failures()).toEqual([]);
    },
  );
});
