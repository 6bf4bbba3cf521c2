/** Files of a case that arrive while it closes, or after: what was taken is kept until the file ends, what never came whole leaves nothing. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordClassId, recordId, suspensionId, unitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { type AddAttachmentInput, addAttachment, openAttachment } from '../../storage/requests/attachments.ts';
import { fileCase } from '../../storage/requests/file-case.ts';
import { readUnit } from '../../storage/units/units.ts';
import { walkUnit } from '../support/erasing.ts';
import { inps } from '../support/records.ts';
import { newCodiceFiscale } from '../support/requests/rights-world.ts';
import { openCase, policyOf, recordEvents, stateOf } from '../support/requests/stored-cases.ts';
import { release } from '../support/suspensions.ts';
import { eventually } from '../support/temporal.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'late-files' });
});
afterAll(() => world.close());

const now = instant('2026-09-01T10:00:00Z');
const daysLater = instantPlus(now, days(3));
const content = Buffer.from('%PDF what came with the message');
const actor = { id: 'dpo-1', role: 'dpo' } as const;

const newCase = (): Promise<string> =>
  openCase(world, { identifiers: [{ kind: 'codice-fiscale', value: newCodiceFiscale() }], now });

const close = async (caseId: string, at: Instant): Promise<void> => {
  const letterId = randomUUID();
  await recordEvents(world, {
    caseId,
    now: at,
    events: [
      { kind: 'rights-withdrawn', rights: ['access'], letterId },
      { kind: 'letter-composed', letterId },
      { kind: 'letter-delivered', letterId, deliveredAt: at, proof: 'email-sent', liftNotBefore: at },
    ],
  });
  const { stage, suspension } = await stateOf(world, caseId);
  expect(stage).toBe('closed');
  // What the request kept it gives back, the files of the case among it.
  await release(world, suspensionId(suspension.id), at);
};

const deps = () => ({ db: world.database('api'), store: world.store('api'), sealing: world.sealing });

const add = (caseId: string, given: Partial<Pick<AddAttachmentInput, 'body' | 'size' | 'sha256'>>) =>
  addAttachment(deps(), {
    caseId,
    controller: inps,
    recordClass: recordClassId('rights-request-file'),
    name: 'documento.pdf',
    mediaType: 'application/pdf',
    size: content.length,
    sha256: createHash('sha256').update(content).digest(),
    body: (async function* () {
      yield content;
    })(),
    actor,
    now,
    ...given,
  });

/** A file on its way: its last byte comes when `arrive` is called. */
const onItsWay = async (caseId: string) => {
  let arrive: () => void = () => undefined;
  const lastByte = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const added = add(caseId, {
    body: (async function* () {
      yield content.subarray(0, 5);
      await lastByte;
      yield content.subarray(5);
    })(),
  });
  await eventually(
    () => world.database('api').selectFrom('request_attachment').select('id').where('case_id', '=', caseId).execute(),
    (rows) => rows.length === 1,
  );
  return { added, arrive };
};

const objectsOf = (caseId: string) =>
  world
    .database('api')
    .selectFrom('record_object')
    .select(['id', 'state', 'object_key'])
    .where('record_id', '=', recordId(caseId))
    .execute();

const expectReadable = async (caseId: string, attachmentId: string): Promise<void> => {
  const opened = await openAttachment(deps(), { caseId, controller: inps, attachmentId, actor, now });
  const parts: Uint8Array[] = [];
  for await (const part of (await opened?.bytes()) ?? []) parts.push(part);
  expect(Buffer.concat(parts).equals(content)).toBe(true);
};

const unitOf = async (caseId: string) => {
  const { unit_id } = await world
    .database('api')
    .selectFrom('record')
    .select('unit_id')
    .where('id', '=', recordId(caseId))
    .executeTakeFirstOrThrow();
  const unit = await readUnit(world.database('worker'), unitId(unit_id));
  if (unit === undefined) throw new Error('The file has no unit');
  return unit;
};

describe('a file that is on its way while its case closes', () => {
  it('I2: counts once it is stored, and no sweep takes it for a broken-off upload', async () => {
    const caseId = await newCase();
    const { added, arrive } = await onItsWay(caseId);
    await close(caseId, now);
    expect(await objectsOf(caseId)).toMatchObject([{ state: 'uploading' }]);
    arrive();
    const { attachmentId } = await added;
    expect(await objectsOf(caseId)).toMatchObject([{ id: attachmentId, state: 'stored' }]);
    await world.gate().eraseAbandonedObjects({ now: daysLater });
    await expectReadable(caseId, attachmentId);
  });

  it('I2: is seen by the closing, or sees it: neither passes by the other', async () => {
    const caseId = await newCase();
    const { added, arrive } = await onItsWay(caseId);
    const state = await stateOf(world, caseId);
    const closing = world
      .database('worker')
      .transaction()
      .execute(async (tx) => {
        await sql`SELECT FROM request_case WHERE id = ${caseId} FOR UPDATE`.execute(tx);
        await fileCase(tx, world.sealing, { state, policy: policyOf(world, inps), at: now });
        arrive();
        // Long enough for a file that does not wait to have been stored without the record that nobody sees yet.
        await Promise.race([added, sleep(1_500)]);
      });
    await closing;
    const { attachmentId } = await added;
    expect(await objectsOf(caseId)).toMatchObject([{ id: attachmentId, state: 'stored' }]);
  });

  it('I2: is never given up once its case has it, whatever the row of its record says', async () => {
    const caseId = await newCase();
    const { attachmentId } = await add(caseId, {});
    await close(caseId, now);
    await world
      .superuser()
      .updateTable('record_object')
      .set({ state: 'uploading', version_id: null })
      .where('record_id', '=', recordId(caseId))
      .execute();
    expect(await world.gate().eraseAbandonedObjects({ now: daysLater })).toMatchObject({ givenUp: 0 });
    await expectReadable(caseId, attachmentId);
  });
});

describe('a file that never came whole', () => {
  it('I6: leaves no parts in the store when the file of its closed case ends', async () => {
    const caseId = await newCase();
    await close(caseId, now);
    const large = 12 * 1024 * 1024;
    const body = (async function* () {
      yield Buffer.alloc(large - 1);
    })();
    await expect(add(caseId, { size: large, body })).rejects.toThrow();
    const [{ object_key: key } = { object_key: '' }] = await world
      .database('api')
      .selectFrom('request_attachment')
      .select('object_key')
      .where('case_id', '=', caseId)
      .execute();
    expect(await world.store('admin').listUnfinishedUploads(key)).toHaveLength(1);
    const unit = await unitOf(caseId);
    await walkUnit(world.gate(), { unitId: unit.unitId, now: unit.dueAt });
    expect(await world.store('admin').listUnfinishedUploads(key)).toEqual([]);
  });
});
