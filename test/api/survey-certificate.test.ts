/** The certificate of a survey invitation names the event its period ran from (Milano's notice: 3rd day after sending, or after the appointment). */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unitId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { handedInAt, recordPath, triggerAt } from './submissions.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi({ label: 'api-survey-certificate' });
});
afterAll(() => api.close());

const bySending = { purpose: 'infoline-quality', channel: 'email', sentAt: triggerAt };
const byAppointment = {
  purpose: 'booked-service-experience',
  channel: 'email',
  sentAt: triggerAt,
  appointmentAt: triggerAt,
  bookedService: 'registry',
};

let handedIn = 0;
/** Registers an invitation, has it erased, and answers the event on its certificate. */
const eventOnCertificate = async (
  fields: Readonly<Record<string, string>>,
  meanwhile: (recordId: string) => Promise<unknown> = () => Promise.resolve(),
): Promise<unknown> => {
  handedIn += 1;
  const { status, body } = await api.call(
    'PUT',
    recordPath('comune-di-milano', 'survey-invitation', `survey-${handedIn}`),
    {
      token: await api.token({ role: 'source' }),
      json: { identifiers: [{ kind: 'email', value: `survey.${handedIn}@example.it` }], fields },
      now: handedInAt,
    },
  );
  expect([status, body.errors]).toEqual([201, undefined]);
  await meanwhile(String(body.recordId));
  const erased = await api.world.gate().eraseNextChunk({
    unitId: unitId(String(body.unitId)),
    now: instant('2026-02-05T00:00:00Z'),
    basis: { kind: 'retention-period-ended' },
  });
  expect(erased.kind).toBe('chunk');
  const { rows } = await sql<{ event: string }>`
    SELECT document ->> 'triggerEvent' AS event FROM disposition_certificate WHERE unit_id = ${String(body.unitId)}`.execute(
    api.world.database('owner'),
  );
  expect(rows).toHaveLength(1);
  return rows[0]?.event;
};

test('I6: names the sending, or the appointment, whichever the purpose of the invitation chose', async () => {
  expect(await eventOnCertificate(bySending)).toBe('sending');
  expect(await eventOnCertificate(byAppointment)).toBe('appointment');
});

test('I6: names both and the field that chose, where the record came before events were remembered', async () => {
  const forget = (id: string) =>
    sql`UPDATE record SET trigger_event = NULL WHERE id = ${id}`.execute(api.world.superuser());
  expect(await eventOnCertificate(bySending, forget)).toBe('appointment or sending, by purpose');
});
