/** Alarms about deadlines reach the DPO's office by mail: on the real mail catcher, with nothing of the person in them. */
import { createServer } from 'node:net';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAlarmActivities } from '../../activities/request/alarms/alarms.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import type { AlarmKind } from '../../domain/request/course/events.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { takeIn } from '../../storage/requests/take-in.ts';
import { caughtMails } from '../support/caught-mails.ts';
import { inps } from '../support/records.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let caseId: string;
let reference: string;
let policies: Map<string, Policy>;
const about = instant('2027-04-05T21:59:59Z');

beforeAll(async () => {
  world = await createWorld({ label: 'alarms' });
  policies = new Map(world.policies.map(({ policy }) => [String(policy.controller), policy]));
  const identifiers = [{ kind: 'email' as const, value: 'rosa.planted-marker@example.it' }];
  const { state } = await takeIn(
    { db: world.database('api'), sealing: world.sealing, compute: controllerClock(policies).compute },
    {
      controller: inps,
      policyVersion: policies.get(inps)?.version ?? 1,
      timeZone: 'Europe/Rome',
      reviewOn: localDateAt(instantPlus(realNow(), days(120)), 'Europe/Rome'),
      channel: 'email',
      receivedAt: realNow(),
      language: 'it',
      identityLevel: 'claimed',
      rights: ['access'],
      person: {
        requester: { name: 'Rosa Planted-Marker', email: 'rosa.planted-marker@example.it' },
        capacity: 'self',
        identifiers,
        messageId: uuid(),
        text: 'Planted-Marker: chiedo i miei dati',
      },
      subjects: identifiers,
      actor: { id: 'ada', role: 'dpo' },
      now: realNow(),
    },
  );
  caseId = state.caseId;
  reference = state.reference;
});
afterAll(() => world.close());

const raise = (alarm: AlarmKind, smtpUrl = world.environment.SMTP_URL ?? '', of = caseId) =>
  createAlarmActivities({
    database: world.database('worker'),
    sealing: world.sealing,
    policies,
    clock: controllerClock(policies),
    mail: { smtpUrl, from: world.environment.OBLIO_MAIL_FROM ?? '' },
  }).raiseAlarm({ caseId: of, controller: inps, now: realNow(), alarm, right: 'access', about });

/** The mails of one alarm that the catcher has. */
const mailsOf = (alarm: AlarmKind): readonly string[] =>
  caughtMails(world.services).filter((text) => text.includes(`<${alarm}.${Date.parse(about)}.access.${caseId}@oblio>`));

/** A port on which nobody listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
};

const alarms: readonly AlarmKind[] = [
  'target-reached',
  'deadline-near',
  'first-month-ends',
  'deadline-tomorrow',
  'overdue',
  'restriction-review',
];

describe('an alarm', () => {
  test.each(alarms)(
    '"%s" reaches the DPO by mail, with reference, right and day, and nothing of the person',
    async (alarm) => {
      await raise(alarm);
      const [mail, ...more] = mailsOf(alarm);
      expect(more).toEqual([]);
      const dpo = policies.get(inps)?.dpo.email ?? '';
      expect(mail?.toLowerCase()).toContain(`x-envelope-to: ${dpo.toLowerCase()}`);
      expect(mail).toContain(`Subject: ${reference}: `);
      expect(mail).toContain(`Richiesta ${reference}, diritto: access.`);
      expect(mail).toContain('Data di riferimento: 2027-04-05.');
      expect(mail).not.toMatch(/planted-marker|rosa/i);
    },
  );

  test('I9: raised again it comes under the same Message-ID, so that a mailbox shows it once', async () => {
    await raise('overdue');
    const mails = mailsOf('overdue');
    expect(mails.length).toBeGreaterThanOrEqual(2);
    expect(new Set(mails.map((mail) => /Message-ID: (.*)/.exec(mail)?.[1])).size).toBe(1);
  });

  test('that no mail server takes is tried again; that of a case that is not there never is', async () => {
    const away = `smtp://127.0.0.1:${await closedPort()}`;
    await expect(raise('deadline-near', away)).rejects.toMatchObject({
      type: 'service-unreachable',
      nonRetryable: false,
    });
    await expect(raise('deadline-near', undefined, uuid())).rejects.toMatchObject({ type: 'case-unknown' });
  });
});
