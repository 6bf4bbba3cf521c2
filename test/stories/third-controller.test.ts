/**
 * A controller that nobody wrote code for: one more policy file, in a time zone of its own. Its records live from registration to the
 * certificate, and a request to it is answered, with the same API and worker as everybody's.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controllerId, recordClassId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { readUnit } from '../../storage/units/units.ts';
import { handInOne } from '../support/records.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story } from '../support/requests/story.ts';
import { eventually } from '../support/temporal.ts';
import { runToEnd } from '../support/time-travel.ts';

const controller = 'azienda-trasporti';
const shipped = fileURLToPath(new URL('../../policies', import.meta.url));

let folder: string;
let world: RightsWorld;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oblio-third-'));
  await cp(shipped, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const third = await readFile(new URL('../rules/third-controller.yaml', import.meta.url), 'utf8');
  await writeFile(
    join(folder, `${controller}.yaml`),
    third.replace('timeZone: Europe/Rome', 'timeZone: Atlantic/Azores'),
  );
  world = await createRightsWorld('third', { policies: folder });
});
afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true });
});

it.each([
  // 22:30 on 9 May in the Azores, an hour into the next day in Rome; P1Y6M later, then the tenth day after.
  ['fine', '2027-11-09', '2027-11-10T01:00:00.000Z'],
  ['lost-property', '2026-05-19', '2026-05-20T00:00:00.000Z'],
])(
  '%s: is dated in its own time zone, erased when its time is up, and certified under its own policy',
  async (recordClass, boundDay, boundAt) => {
    const { unit, sourceId, workflowId } = await handInOne(world.world, {
      controller: controllerId(controller),
      recordClass: recordClassId(recordClass),
      triggerAt: instant('2026-05-09T22:30:00Z'),
      now: instant('2026-05-09T23:00:00Z'),
      text: () => 'nota di servizio',
    });
    const path = `/controllers/${controller}/record-classes/${recordClass}/records/${sourceId}`;
    const as = { as: 'auditor', controller, method: 'GET' } as const;
    expect(unit).toMatchObject({ boundDay, boundAt });
    await eventually(
      () => readUnit(world.world.database('worker'), unit.id),
      (row) => row?.workflowStartedAt !== undefined,
    );
    await runToEnd({ client: world.client, workflowId });
    const { status, body } = await call(world, { ...as, path: `${path}/fate` });
    expect({ status, fate: body }).toMatchObject({ status: 200, fate: { state: 'erased' } });
    const certificate = await call(world, { ...as, path: `/certificates/${String(body.certificateId)}` });
    expect(certificate).toMatchObject({ status: 200, body: { controller, recordClass, boundAt } });
  },
  240_000,
);

it('is asked for access, finds the record, answers by its own deadline and closes the case', async () => {
  // Half past midnight in Rome on 5 March, the evening of the 4th in the Azores: 4 April is a Sunday.
  const story = await Story.begin(world, controller, message(instant('2027-03-05T00:30:00+01:00')), [
    heldRecord('fine', '2027-02-10'),
  ]);
  expect(await story.read()).toMatchObject({
    reference: 'AZIENDA-TRASPORTI-2027-000001',
    nextDeadline: '2027-04-06T00:00:00.000Z',
  });
  await story.recognised('access');
  expect(await story.read()).toMatchObject({ stage: 'reviewing', search: { records: 1 } });
  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
  expect(await story.read()).toMatchObject({ stage: 'closed', waitingFor: 'nobody' });
  expect(JSON.stringify(await story.letter('answer'))).toContain('Azienda Trasporti di Prova');
}, 240_000);
