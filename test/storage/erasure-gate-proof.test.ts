/** What the gate proves on the real services: read back absent in rows, versions and uploads, and a certificate that says so. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays, localDateAt } from '../../domain/time/calendar.ts';
import { instant, millisecondsBetween } from '../../domain/time/instant.ts';
import { canonicalJson } from '../../storage/audit/canonical-json.ts';
import { recordTables } from '../../storage/erasure-gate/destroy-rows.ts';
import {
  certificatesOf,
  eraseChunk,
  expectGone,
  expectWhole,
  tablesOfRecords,
  walkUnit,
  whatIsLeft,
} from '../support/erasing.ts';
import { classOf, handIn, handInOne, inps, recordClasses } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'gate-proof' });
});
afterAll(() => world.close());

const { callRecording, portalInteraction } = recordClasses;
const spring = instant('2021-03-10T10:00:00Z');

describe('I6: erased means read back absent', () => {
  test('every table that names a record is one the gate empties', async () => {
    const named = await tablesOfRecords(world);
    expect([...named].sort((a, b) => (a.table < b.table ? -1 : 1))).toEqual(
      [...recordTables].sort((a, b) => (a.table < b.table ? -1 : 1)),
    );
  });

  test('all versions, delete markers and parts of broken-off uploads go with the rows, and the certificate counts them', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      objects: () => [Buffer.from('first'), randomBytes(6_000_000)],
    });
    const [one, two] = record.objects;
    if (one === undefined || two === undefined) throw new Error('Two objects were handed in');
    const admin = world.storeClient('admin');
    const { bucket } = world.storeSettings('admin');
    await admin.putObject(bucket, one.key, 'second version');
    await admin.removeObject(bucket, one.key);
    await admin.initiateNewMultipartUpload(bucket, two.key, {});
    expect((await whatIsLeft(world, [record.recordId])).versions).toBe(4);
    expect(await world.store('admin').listUnfinishedUploads(two.key)).toHaveLength(1);

    await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    await expectGone(world, [record.recordId]);
    expect(await world.store('admin').listUnfinishedUploads(two.key)).toEqual([]);
    const [certificate] = await certificatesOf(world, record.unit.id);
    expect(certificate?.stores.objects).toEqual({ gone: 2, versionsGone: 4, failed: 0, notFound: 0 });
  });

  test('an object that reaches the store while its record is being destroyed is found and destroyed too', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      objects: () => [Buffer.from('a')],
    });
    const late = `${inps}/${callRecording}/${record.recordId}/0190f000-0000-7000-8000-0000000000aa`;
    const admin = world.storeClient('admin');
    const gate = world.gate({
      atStep: async (step) => {
        if (step === 'rows-committed') await admin.putObject(world.storeSettings('admin').bucket, late, 'late');
      },
    });
    const chunk = await eraseChunk(gate, { unitId: record.unit.id, now: record.unit.dueAt });
    expect(chunk).toMatchObject({ gone: 1, failed: [] });
    await expectGone(world, [record.recordId]);
  });

  test('an upload that begins while its record is being destroyed leaves no row behind', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    let inserted = false;
    const gate = world.gate({
      atStep: async (step) => {
        if (step !== 'objects-destroyed' || inserted) return;
        inserted = true;
        await sql`
          INSERT INTO record_object (id, record_id, name, media_type, object_key, state, size, sha256, created_at)
          VALUES (gen_random_uuid(), ${record.recordId}, 'late', 'audio/wav', ${`late/${record.recordId}`}, 'uploading', 1, '', now())`.execute(
          world.database('api'),
        );
      },
    });
    await eraseChunk(gate, { unitId: record.unit.id, now: record.unit.dueAt });
    expect(inserted).toBe(true);
    await expectGone(world, [record.recordId]);
  });

  test('parts of an upload that is still on its way go with its record, however small it was announced', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    const key = `${inps}/${callRecording}/${record.recordId}/0190f000-0000-7000-8000-0000000000bb`;
    await sql`
      INSERT INTO record_object (id, record_id, name, media_type, object_key, state, size, sha256, created_at)
      VALUES (gen_random_uuid(), ${record.recordId}, 'on its way', 'audio/wav', ${key}, 'uploading', 1, '', now())`.execute(
      world.database('api'),
    );
    await world.storeClient('admin').initiateNewMultipartUpload(world.storeSettings('admin').bucket, key, {});
    await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    await expectGone(world, [record.recordId]);
    expect(await world.store('admin').listUnfinishedUploads(key)).toEqual([]);
  });

  test('a row that is there again when it is read back has failed: no certificate, and the next call destroys it', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    const everything = world.superuser();
    const { rows } = await sql<{ row: unknown }>`
      SELECT to_jsonb(record) AS row FROM record WHERE id = ${record.recordId}`.execute(everything);
    const gate = world.gate({
      atStep: async (step) => {
        if (step !== 'rows-committed') return;
        await sql`INSERT INTO record SELECT * FROM jsonb_populate_record(NULL::public.record, ${JSON.stringify(rows[0]?.row)})`.execute(
          everything,
        );
      },
    });
    const chunk = await eraseChunk(gate, { unitId: record.unit.id, now: record.unit.dueAt });
    expect(chunk).toMatchObject({ gone: 0, failed: [{ code: 'RowStillThere', records: 1 }] });
    expect(await certificatesOf(world, record.unit.id)).toEqual([]);
    await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    await expectGone(world, [record.recordId]);
  });

  test('an object that the store has lost is reported as not found, not as erased', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      objects: () => [Buffer.from('kept'), Buffer.from('lost')],
    });
    const lost = record.objects[1];
    if (lost === undefined) throw new Error('Two objects were handed in');
    await world
      .storeClient('admin')
      .removeObject(world.storeSettings('admin').bucket, lost.key, { versionId: lost.versionId });
    await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    const [certificate] = await certificatesOf(world, record.unit.id);
    expect(certificate?.stores.objects).toEqual({ gone: 1, versionsGone: 1, failed: 0, notFound: 1 });
  });

  test('other records of the class lose nothing, however close their keys are', async () => {
    const records = await handIn(world, {
      triggerAt: instant('2019-06-01T10:00:00Z'),
      count: 400,
      objects: (index) => (index % 3 === 0 ? [Buffer.from(`${index}`)] : []),
    });
    const neighbours = await handIn(world, {
      triggerAt: instant('2019-06-02T10:00:00Z'),
      count: 50,
      objects: () => [Buffer.from('n')],
    });
    const [first] = records;
    if (first === undefined) throw new Error('Nothing was handed in');
    const chunks = await walkUnit(world.gate(), { unitId: first.unit.id, now: first.unit.dueAt, limit: 300 });
    expect(chunks.map(({ gone }) => gone)).toEqual([300, 100]);
    await expectGone(
      world,
      records.map((record) => record.recordId),
    );
    await expectWhole(world, neighbours);
  });
});

describe('the certificate', () => {
  test('says who, what, under which rule and authority, when, and until when backups may hold it', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      objects: () => [Buffer.from('a')],
    });
    const { unit } = record;
    await eraseChunk(world.gate(), { unitId: unit.id, now: unit.dueAt });
    const [certificate] = await certificatesOf(world, unit.id);
    if (certificate === undefined) throw new Error('There is no certificate');
    const { policy, recordClassPolicy } = classOf(world, { controller: inps, recordClass: callRecording });
    expect(certificate).toMatchObject({
      format: 'oblio-disposition-certificate-1',
      unitId: unit.id,
      unitSize: 'record',
      controller: { id: inps, name: policy.name },
      recordClass: { id: callRecording, title: recordClassPolicy.title },
      basis: { kind: 'retention-period-ended' },
      policyVersion: policy.version,
      rule: recordClassPolicy.rule,
      notice: recordClassPolicy.notice,
      legalBasis: recordClassPolicy.legalBasis,
      archivalBasis: recordClassPolicy.archivalBasis,
      triggers: { first: spring, last: spring },
      opensAt: unit.opensAt,
      dueAt: unit.dueAt,
      boundAt: unit.boundAt,
      intentWrittenAt: unit.dueAt,
      recordsGone: 1,
      recordIdsDigest: createHash('sha256').update(`${record.recordId}\n`).digest('hex'),
      suspended: { records: 0, longestDays: 0 },
    });
    expect(certificate.lagMilliseconds).toBe(millisecondsBetween(unit.boundAt, certificate.verifiedAt));
    expect(certificate.lagMilliseconds).toBeLessThan(0);
    expect(recordClassPolicy.backupPeriod).toBe('P30D');
    expect(certificate.backupsMayHoldUntil).toBe(addDays(localDateAt(certificate.verifiedAt, policy.timeZone), 30));
  });

  test('holds nothing by which a person or a source record could be found', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      sourceId: () => 'source-MARKER-77',
    });
    await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    const [certificate] = await certificatesOf(world, record.unit.id);
    const text = JSON.stringify(certificate);
    expect(text).not.toContain('MARKER');
    expect(text).not.toContain(record.recordId);
  });

  test('is tied to the audit trail by its digest', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    const { certificateId } = await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    const db = world.database('api');
    const row = await db
      .selectFrom('disposition_certificate')
      .select(['document', 'digest'])
      .where('id', '=', certificateId ?? null)
      .executeTakeFirstOrThrow();
    const digest = createHash('sha256').update(canonicalJson(row.document)).digest('hex');
    expect(row.digest.toString('hex')).toBe(digest);
    const entries = await db
      .selectFrom('audit_entry')
      .select(['action', 'detail'])
      .where('target_id', '=', certificateId ?? '')
      .execute();
    expect(entries).toEqual([{ action: 'erasure-certified', detail: expect.objectContaining({ digest, records: 1 }) }]);
  });

  test('one chunk is one certificate, and records that different policy versions dated never share one', async () => {
    const handedIn = await handIn(world, { triggerAt: instant('2018-02-03T10:00:00Z'), count: 6 });
    // The gate walks a unit in the order of its records' ids.
    const records = handedIn.toSorted((one, other) => (one.recordId < other.recordId ? -1 : 1));
    const { policy } = classOf(world, { controller: inps, recordClass: portalInteraction });
    await world
      .database('api')
      .insertInto('policy_version')
      .values({
        controller: inps,
        version: 99,
        digest: Buffer.from('99'),
        document: JSON.stringify({ ...policy, version: 99 }),
        stored_at: new Date(),
      })
      .execute();
    const newer = records.slice(2, 4).map((record) => record.recordId);
    await world.superuser().updateTable('record').set({ policy_version: 99 }).where('id', 'in', newer).execute();
    const [first] = records;
    if (first === undefined) throw new Error('Nothing was handed in');
    const chunks = await walkUnit(world.gate(), { unitId: first.unit.id, now: first.unit.dueAt });
    expect(chunks.map(({ gone }) => gone)).toEqual([2, 2, 2]);
    expect((await certificatesOf(world, first.unit.id)).map(({ policyVersion }) => policyVersion)).toEqual([
      policy.version,
      99,
      policy.version,
    ]);
  });
});
