/** What broken-off uploads leave in the store goes, and nothing that belongs to a record does. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suspensionId } from '../../domain/ids.ts';
import { days, hours } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { beginUpload, finishUpload } from '../../storage/objects/record-objects.ts';
import { placeSuspension } from '../../storage/suspensions/place-suspension.ts';
import { compareObjects } from '../../storage/sweep/compare-objects.ts';
import { expectGone, expectWhole, walkUnit } from '../support/erasing.ts';
import { handInOne, inps, recordClasses } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'abandoned' });
});
afterAll(() => world.close());

const { callRecording } = recordClasses;
const now = instant('2026-03-01T10:00:00Z');
const dayLater = instantPlus(now, 86_400_001);
const content = Buffer.alloc(6_000_000, 1);
const facts = { mediaType: 'audio/wav', size: content.length, sha256: Buffer.alloc(32) };

const begin = async (record: Awaited<ReturnType<typeof handInOne>>) => {
  const begun = await beginUpload(world.database('api'), {
    controller: inps,
    recordClass: callRecording,
    recordId: record.recordId,
    name: 'audio',
    facts,
    now,
  });
  if (begun.outcome !== 'begun') throw new Error('The upload did not begin');
  return begun.upload;
};
const finish = (
  record: Awaited<ReturnType<typeof handInOne>>,
  upload: Awaited<ReturnType<typeof begin>>,
  versionId: string,
  stored = facts,
) =>
  finishUpload(world.database('api'), {
    controller: inps,
    recordId: record.recordId,
    name: 'audio',
    upload,
    stored: { ...stored, versionId },
    now,
    audit: {
      at: now,
      actor: 'test',
      role: 'source',
      action: 'object-stored',
      controller: inps,
      target: { kind: 'object', id: upload.objectId },
      why: 'handed-in',
    },
  });
const versionsUnder = async (key: string): Promise<number> =>
  (await world.store('admin').listVersionsPage({ prefix: key })).versions.length;

// First in the file: later tests make rows of versions that no store has.
test('I6: what reaches the store under a key that was cleared before is cleared again, by the next sweep', async () => {
  const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
  const upload = await begin(record);
  await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
  // Two attempts were under way when the record was erased: each arrives after what the one before had left was cleared.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await world.storeClient('api').putObject(world.storeSettings('api').bucket, upload.key, 'late');
    const deps = { db: world.database('worker'), store: world.store('worker') };
    const found = await compareObjects(deps, { now, progress: () => undefined });
    expect(found.leftovers.ids).toContain(upload.key);
    await world.gate().eraseAbandonedObjects({ now });
    expect(await versionsUnder(upload.key)).toBe(0);
  }
});

describe('an upload nobody finished', () => {
  test('is given up after a day, with its parts, and a later attempt begins anew', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
    const upload = await begin(record);
    await world.storeClient('admin').initiateNewMultipartUpload(world.storeSettings('admin').bucket, upload.key, {});
    expect(await world.gate().eraseAbandonedObjects({ now: instantPlus(now, 86_300_000) })).toEqual({
      givenUp: 0,
      gone: 0,
      refused: 0,
    });
    expect(await world.gate().eraseAbandonedObjects({ now: dayLater })).toEqual({ givenUp: 1, gone: 1, refused: 0 });
    expect(await world.store('admin').listUnfinishedUploads(upload.key)).toEqual([]);
    await expectWhole(world, [record]);
    expect((await begin(record)).key).not.toBe(upload.key);
  });

  test("that ends after all is not a record's object: it is cleared, and the source is told to send it again", async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
    const upload = await begin(record);
    await world.gate().eraseAbandonedObjects({ now: dayLater });
    const { versionId } = await world
      .storeClient('api')
      .putObject(world.storeSettings('api').bucket, upload.key, 'late');
    expect(await finish(record, upload, versionId ?? '')).toEqual({ outcome: 'given-up' });
    expect(await versionsUnder(upload.key)).toBe(1);
    expect((await world.gate().eraseAbandonedObjects({ now: dayLater })).gone).toBe(1);
    expect(await versionsUnder(upload.key)).toBe(0);
  });

  test('I2: is not taken for old by a clock that is ahead of the real one, where nobody may travel in time', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
    const upload = await begin(record);
    const gate = world.gate({ timeTravel: 'refused', clock: () => instantPlus(now, hours(1)) });
    expect(await gate.eraseAbandonedObjects({ now: instantPlus(now, days(400)) })).toMatchObject({ givenUp: 0 });
    expect(await finish(record, upload, 'a-version')).toMatchObject({ outcome: 'created' });
  });

  test('of a record that is kept back stays as it is', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
    const upload = await begin(record);
    await place(world, { scope: [{ record: record.recordId }], now });
    expect(await world.gate().eraseAbandonedObjects({ now: dayLater })).toEqual({ givenUp: 0, gone: 0, refused: 0 });
    expect(await finish(record, upload, 'a-version')).toMatchObject({ outcome: 'created' });
  });

  test('I4: of a record on which a hold is just being placed stays too', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
    await begin(record);
    const gate = world.gate();
    const clearing = await world
      .database('api')
      .transaction()
      .execute(async (tx) => {
        await placeSuspension(tx, {
          suspensionId: suspensionId(uuid()),
          controller: inps,
          kind: 'litigation-hold',
          matterReference: 'R.G. 9/2026',
          legalBasis: 'Art. 17(3)(e)',
          reason: 'dispute',
          scope: [{ record: record.recordId }],
          reviewOn: localDate('2099-01-01'),
          actor: { id: 'test-legal', role: 'legal' },
          now,
        });
        const running = gate.eraseAbandonedObjects({ now: dayLater });
        // Long enough for a gate that does not wait to have given the upload up.
        await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 1_500))]);
        return { running };
      });
    expect(await clearing.running).toMatchObject({ givenUp: 0 });
    const { rows } = await sql`SELECT FROM record_object WHERE record_id = ${record.recordId}`.execute(
      world.database('api'),
    );
    expect(rows).toHaveLength(1);
  });
});

describe('parts of an attempt that a smaller file took the place of', () => {
  const realNow = instant(new Date().toISOString());
  const small = Buffer.from('the right file, and a short one');
  const smallFacts = { ...facts, size: small.length, sha256: createHash('sha256').update(small).digest() };

  /** A large upload breaks off; a file of one part is sent under the same name and counts. */
  const corrected = async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
    const upload = await begin(record);
    await world.storeClient('api').initiateNewMultipartUpload(world.storeSettings('api').bucket, upload.key, {});
    const again = await beginUpload(world.database('api'), {
      controller: inps,
      recordClass: callRecording,
      recordId: record.recordId,
      name: 'audio',
      facts: smallFacts,
      now,
    });
    expect(again).toEqual({ outcome: 'begun', upload });
    const { versionId } = await world
      .store('api')
      .put({ key: upload.key, body: Readable.from([small]), ...smallFacts });
    const finished = await finish(record, upload, versionId, smallFacts);
    expect(finished).toMatchObject({ outcome: 'created' });
    expect(await world.store('admin').listUnfinishedUploads(upload.key)).toHaveLength(1);
    return { record: { ...record, objects: [upload] }, key: upload.key };
  };

  test('I6: go with the record, and the certificate is not written before', async () => {
    const { record, key } = await corrected();
    await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    expect(await world.store('admin').listUnfinishedUploads(key)).toEqual([]);
    await expectGone(world, [record.recordId]);
  });

  test('are cleared after a day, and the object that counts is not touched', async () => {
    const { record, key } = await corrected();
    const gate = world.gate();
    await gate.eraseAbandonedObjects({ now: realNow });
    expect(await world.store('admin').listUnfinishedUploads(key)).toHaveLength(1);
    await gate.eraseAbandonedObjects({ now: instantPlus(realNow, days(2)) });
    expect(await world.store('admin').listUnfinishedUploads(key)).toEqual([]);
    await expectWhole(world, [record]);
  });

  test('of a record that is kept back stay', async () => {
    const { record, key } = await corrected();
    await place(world, { scope: [{ record: record.recordId }], now });
    await world.gate().eraseAbandonedObjects({ now: instantPlus(realNow, days(2)) });
    expect(await world.store('admin').listUnfinishedUploads(key)).toHaveLength(1);
  });
});

test('an object whose record was erased during its upload is cleared, with the key on the list', async () => {
  const record = await handInOne(world, { recordClass: callRecording, triggerAt: now });
  const upload = await begin(record);
  await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
  const { versionId } = await world.storeClient('api').putObject(world.storeSettings('api').bucket, upload.key, 'late');
  expect(await finish(record, upload, versionId ?? '')).toEqual({ outcome: 'erased' });
  expect(await versionsUnder(upload.key)).toBe(1);
  expect(await world.gate().eraseAbandonedObjects({ now })).toMatchObject({ gone: 1, refused: 0 });
  expect(await versionsUnder(upload.key)).toBe(0);
  expect(await world.gate().eraseAbandonedObjects({ now })).toMatchObject({ gone: 0, refused: 0 });
});

test('a key that a record names is not abandoned, whatever the list says', async () => {
  const record = await handInOne(world, {
    recordClass: callRecording,
    triggerAt: now,
    objects: () => [Buffer.from('mine')],
  });
  const [object] = record.objects;
  await world
    .database('api')
    .insertInto('abandoned_object')
    .values({
      object_key: object?.key ?? '',
      controller: inps,
      reason: 'no-record',
      noticed_at: new Date(now),
      gone_at: null,
    })
    .execute();
  expect(await world.gate().eraseAbandonedObjects({ now })).toEqual({ givenUp: 0, gone: 0, refused: 0 });
  await expectWhole(world, [record]);
});

test('what the store holds on to stays on the list', async () => {
  const key = `${inps}/${callRecording}/0190f000-0000-7000-8000-00000000000a/0190f000-0000-7000-8000-00000000000b`;
  const admin = world.storeClient('admin');
  const { bucket } = world.storeSettings('admin');
  const { versionId } = await admin.putObject(bucket, key, 'locked');
  await admin.setObjectLegalHold(bucket, key, { versionId: versionId ?? '', status: 'ON' });
  await world
    .database('worker')
    .insertInto('abandoned_object')
    .values({ object_key: key, controller: inps, reason: 'no-record', noticed_at: new Date(now), gone_at: null })
    .execute();
  expect(await world.gate().eraseAbandonedObjects({ now })).toEqual({ givenUp: 0, gone: 0, refused: 1 });
  await admin.setObjectLegalHold(bucket, key, { versionId: versionId ?? '', status: 'OFF' });
  expect(await world.gate().eraseAbandonedObjects({ now })).toEqual({ givenUp: 0, gone: 1, refused: 0 });
});
