/** Hands records and objects of a run in, and looks at what is left of them: straight at the database and the store. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Client } from 'minio';
import { controllerId, type RecordId, recordClassId, type UnitId } from '../../../domain/ids.ts';
import { retentionWindow } from '../../../domain/policy/retention-dates.ts';
import { days } from '../../../domain/time/duration.ts';
import { type Instant, instantFromEpoch } from '../../../domain/time/instant.ts';
import { beginUpload, finishUpload } from '../../../storage/objects/record-objects.ts';
import { prepareRecord } from '../../../storage/records/prepare-record.ts';
import { registerRecord } from '../../../storage/records/register-records.ts';
import { realNow, type World } from '../../support/world.ts';
import type { RecordSpec } from './actions.ts';

export const controller = controllerId('inps');

export type RacedObject = { readonly key: string; readonly sha256: Buffer };

export type RacedRecord = {
  readonly id: RecordId;
  readonly unitId: UnitId;
  readonly spec: RecordSpec;
  readonly triggerAt: Instant;
  readonly objects: RacedObject[];
};

/** Noon of a day of a run; runs are so far apart that none covers the records of another. */
export const dayOfRun = (run: number, day: number): Instant =>
  instantFromEpoch(Date.UTC(1950, 0, 1, 11) + days(run * 20 + day));

export const subjectOf = (run: number, subject: number): { kind: string; value: string } => ({
  kind: 'controller-subject-id',
  value: `run-${run}-subject-${subject}`,
});
export const claimOf = (run: number, claim: number): { name: string; value: string } => ({
  name: 'claimNumber',
  value: `run-${run}-claim-${claim}`,
});

let sources = 0;

/** Registers a record as the API does; `undefined` if the connection was cut before the answer. */
export const register = async (world: World, run: number, spec: RecordSpec): Promise<RacedRecord> => {
  const triggerAt = dayOfRun(run, spec.day);
  const recordClass = recordClassId(spec.recordClass);
  const policy = world.policies.find(({ policy: { controller: id } }) => id === controller)?.policy;
  const rules = policy?.recordClasses.find(({ id }) => id === recordClass);
  if (policy === undefined || rules === undefined) throw new Error('The policy of INPS lacks a class of the race');
  sources += 1;
  const record = prepareRecord(world.sealing, {
    controller,
    recordClass,
    sourceId: `race-${process.pid}-${sources}`,
    content: { triggerAt, identifiers: [], fields: {} },
    subjects: [subjectOf(run, spec.subject)],
    attributes: [claimOf(run, spec.claim)],
    transcriptDue: false,
    policyVersion: policy.version,
    unitSize: rules.unitSize,
    window: retentionWindow({ rule: rules.rule, triggerAt, timeZone: policy.timeZone }),
  });
  const by = { actor: 'race', role: 'source' } as const;
  const registered = await registerRecord(world.database('api'), { record, now: realNow(), by });
  const { rows } = await sql<{
    unit_id: UnitId;
  }>`SELECT unit_id::text AS unit_id FROM record WHERE id = ${registered.recordId}`.execute(world.database('owner'));
  const unit = rows[0]?.unit_id;
  if (unit === undefined) throw new Error('A record was registered and is not there');
  return { id: registered.recordId, unitId: unit, spec, triggerAt, objects: [] };
};

let uploads = 0;

/** Stores an object of a record as the API does; does nothing if the record was erased meanwhile. */
export const upload = async (world: World, record: RacedRecord): Promise<void> => {
  uploads += 1;
  const body = Buffer.from(`object ${uploads} of ${record.id}`);
  const sha256 = createHash('sha256').update(body).digest();
  const name = `object-${uploads}`;
  const facts = { mediaType: 'audio/wav', size: body.length, sha256 };
  const recordClass = recordClassId(record.spec.recordClass);
  const place = { controller, recordClass, recordId: record.id, name };
  const db = world.database('api');
  const begun = await beginUpload(db, { ...place, facts, now: realNow() });
  if (begun.outcome !== 'begun') return;
  const { key, objectId } = begun.upload;
  const put = await world.store('api').put({
    key,
    mediaType: facts.mediaType,
    body: (async function* () {
      yield body;
    })(),
  });
  const finished = await finishUpload(db, {
    controller,
    recordId: record.id,
    name,
    upload: begun.upload,
    stored: { ...facts, versionId: put.versionId },
    now: realNow(),
    audit: {
      at: realNow(),
      actor: 'race',
      role: 'source',
      action: 'object-stored',
      controller,
      target: { kind: 'object', id: objectId },
      why: 'handed-in',
    },
  });
  if (finished.outcome === 'created') record.objects.push({ key, sha256 });
};

export type WhatIsLeft = {
  readonly rows: ReadonlySet<string>;
  readonly doomed: ReadonlySet<string>;
  readonly certified: ReadonlySet<string>;
};

/** Which of these records have their rows, an intent, a certificate. */
export const whatIsLeft = async (world: World, records: readonly RacedRecord[]): Promise<WhatIsLeft> => {
  const ids = records.map(({ id }) => id);
  const { rows } = await sql<{ id: string; row: boolean; doomed: boolean; certified: boolean }>`
    SELECT asked.id::text AS id, record.id IS NOT NULL AS row, item.record_id IS NOT NULL AS doomed,
      certificate.id IS NOT NULL AS certified
    FROM unnest(${ids}::uuid[]) AS asked (id)
    LEFT JOIN record ON record.id = asked.id
    LEFT JOIN erasure_item item ON item.record_id = asked.id
    LEFT JOIN disposition_certificate certificate ON certificate.intent_id = item.intent_id
  `.execute(world.database('owner'));
  const where = (test: (row: (typeof rows)[number]) => boolean) => new Set(rows.filter(test).map(({ id }) => id));
  return {
    rows: where(({ row }) => row),
    doomed: where(({ doomed }) => doomed),
    certified: where((row) => row.certified),
  };
};

/** Records whose destruction the answer of a placing named: those of its intents and of what continues them. */
export const recordsOfIntents = async (world: World, intents: readonly string[]): Promise<ReadonlySet<string>> => {
  if (intents.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    WITH RECURSIVE chain AS (
      SELECT id FROM erasure_intent WHERE id = ANY(${[...intents]}::uuid[])
      UNION SELECT intent.id FROM erasure_intent intent JOIN chain ON intent.continues = chain.id
    ) SELECT record_id::text AS id FROM erasure_item JOIN chain ON chain.id = erasure_item.intent_id
  `.execute(world.database('owner'));
  return new Set(rows.map(({ id }) => id));
};

/** What is wrong with an object that must be there, byte for byte. */
export const faultOfObject = async (world: World, { key, sha256 }: RacedObject): Promise<string | undefined> => {
  try {
    const hash = createHash('sha256');
    for await (const chunk of await world.store('admin').get({ key })) hash.update(chunk);
    return hash.digest().equals(sha256) ? undefined : `object ${key} has other bytes`;
  } catch {
    return `object ${key} is gone`;
  }
};

/** The store's own flag of each version under a key. */
export const flagsOf = async (client: Client, world: World, key: string): Promise<readonly string[]> => {
  const flags: string[] = [];
  for await (const page of world.store('admin').listVersions({ prefix: key })) {
    for (const { versionId } of page) {
      const flag: unknown = await client
        .getObjectLegalHold(world.storeSettings('admin').bucket, key, { versionId })
        .catch(() => 'OFF');
      // The client passes the store's XML on as it is.
      flags.push(JSON.stringify(flag).includes('ON') ? 'ON' : 'OFF');
    }
  }
  return flags;
};
