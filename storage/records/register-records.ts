/**
 * Takes records in: record, unit, identifiers, hold attributes, transcript and audit entry in one transaction, set-based for many
 * at a time (I1, I9). The intent to start a unit's workflow is the unit's row itself, so nothing here waits for Temporal.
 *
 * Order of locks, the same for every caller: units by key, then records by source key. Two batches therefore never wait for each
 * other in a circle. A unit is joined with FOR KEY SHARE, which only the FOR UPDATE of closing it excludes: marking a unit as
 * started must not wait for a stream of arriving records.
 */
import { sql } from 'kysely';
import type { AuditEntry, AuditRole } from '../../domain/audit.ts';
import type { CertificateId, RecordId } from '../../domain/ids.ts';
import { unitKey } from '../../domain/policy/retention-dates.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { isDatabaseFault, sqlState } from '../database/database-errors.ts';
import { type JoinedUnit, joinedUnit, joinUnits } from '../units/join-units.ts';
import { insertRecords } from './insert-records.ts';
import type { PreparedRecord } from './prepare-record.ts';

/** What became of one record that was handed in. */
export type Registration =
  | {
      /** `registered` the first time, `unchanged` each further time with the same content. */
      readonly outcome: 'registered' | 'unchanged';
      readonly recordId: RecordId;
      readonly policyVersion: number;
      readonly unit: JoinedUnit;
    }
  | { readonly outcome: 'differs'; readonly recordId: RecordId }
  /** Destroyed, or past the point of no return; the certificate follows when absence is proven. */
  | { readonly outcome: 'erased'; readonly recordId: RecordId; readonly certificateId: CertificateId | undefined };

/** Checked records, in any order and of any class, and the entry that records them. */
export type RegisterRecordsInput = {
  readonly records: readonly PreparedRecord[];
  readonly now: Instant;
  /** The entry to write with them; asked only if something was registered, since a repeated call changes nothing (I9). */
  readonly audit: (registered: readonly PreparedRecord[]) => AuditEntry;
};

type Known =
  | Exclude<Registration, { outcome: 'registered' | 'unchanged' }>
  | {
      readonly outcome: 'present';
      readonly recordId: RecordId;
      readonly contentDigest: Buffer;
      readonly policyVersion: number;
      readonly unit: JoinedUnit;
    };

const textKey = (key: Buffer): string => key.toString('latin1');

/** What the database already knows of source keys: records that are here, and tombstones, which outrank them. */
const findKnown = async (tx: DatabaseTransaction, sourceKeys: readonly Buffer[]): Promise<Map<string, Known>> => {
  const known = new Map<string, Known>();
  // Records first: one that vanishes between the two statements is found among the tombstones by the second.
  const present = await tx
    .selectFrom('record')
    .innerJoin('retention_unit', 'retention_unit.id', 'record.unit_id')
    .select(['record.id as record_id', 'record.source_key', 'record.content_digest', 'record.policy_version'])
    .select(['retention_unit.id', 'retention_unit.bound_day', 'retention_unit.opens_at'])
    .select(['retention_unit.due_at', 'retention_unit.bound_at'])
    .where('record.source_key', '=', sql<Buffer>`ANY(${sourceKeys}::bytea[])`)
    .execute();
  for (const row of present) {
    known.set(textKey(row.source_key), {
      outcome: 'present',
      recordId: row.record_id,
      contentDigest: row.content_digest,
      policyVersion: row.policy_version,
      unit: joinedUnit(row),
    });
  }
  const erased = await tx
    .selectFrom('erasure_item')
    .leftJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_item.intent_id')
    .select(['erasure_item.record_id', 'erasure_item.source_key', 'disposition_certificate.id as certificate_id'])
    .where('erasure_item.source_key', '=', sql<Buffer>`ANY(${sourceKeys}::bytea[])`)
    .execute();
  for (const row of erased) {
    known.set(textKey(row.source_key), {
      outcome: 'erased',
      recordId: row.record_id,
      certificateId: row.certificate_id ?? undefined,
    });
  }
  return known;
};

const answer = (record: PreparedRecord, known: Known): Registration => {
  if (known.outcome !== 'present') return known;
  const { recordId: id, policyVersion, unit, contentDigest } = known;
  return contentDigest.equals(record.contentDigest)
    ? { outcome: 'unchanged', recordId: id, policyVersion, unit }
    : { outcome: 'differs', recordId: id };
};

/** Another transaction registered (or registered and erased) one of the records meanwhile: begin again and see what it did. */
const collision = Symbol('collision');

const registerOnce = (
  db: Database,
  { records, now, audit }: RegisterRecordsInput,
): Promise<readonly Registration[] | typeof collision> =>
  db
    .transaction()
    .execute(async (tx) => {
      const known = await findKnown(
        tx,
        records.map(({ sourceKey }) => sourceKey),
      );
      // Within a batch the first of several with one source id is the record; the others are answered as repetitions of it.
      const fresh = [
        ...new Map(
          records
            .filter(({ sourceKey }) => !known.has(textKey(sourceKey)))
            .toReversed()
            .map((record) => [textKey(record.sourceKey), record]),
        ).values(),
      ];
      const firsts = new Set(fresh);
      if (fresh.length > 0) {
        const keyed = fresh.map((record) => ({
          record,
          key: unitKey({ ...record, boundDay: record.window.boundDay, recordId: record.id }),
        }));
        const units = await joinUnits(tx, {
          wanted: keyed.map(({ record, key }) => ({ ...record, unitKey: key })),
          now,
        });
        const placed = keyed.map(({ record, key }) => {
          const unit = units.get(key);
          if (unit === undefined) throw new Error('A record was left without a unit');
          const { id, contentDigest, policyVersion } = record;
          known.set(textKey(record.sourceKey), {
            outcome: 'present',
            recordId: id,
            contentDigest,
            policyVersion,
            unit,
          });
          return { record, unitId: unit.id };
        });
        const inserted = await insertRecords(tx, { placed, now });
        if (inserted.size < fresh.length) throw collision;
        // From here on no other transaction can register these source ids; what was erased before is visible to this statement (I9).
        const tombstone = await tx
          .selectFrom('erasure_item')
          .select('record_id')
          .where('source_key', '=', sql<Buffer>`ANY(${fresh.map(({ sourceKey }) => sourceKey)}::bytea[])`)
          .limit(1)
          .executeTakeFirst();
        if (tombstone !== undefined) throw collision;
        await appendAuditEntry(tx, audit(fresh));
      }
      return records.map((record): Registration => {
        const found = known.get(textKey(record.sourceKey));
        if (found === undefined) throw new Error('A record was left without an answer');
        const given = answer(record, found);
        return given.outcome === 'unchanged' && firsts.has(record) ? { ...given, outcome: 'registered' } : given;
      });
    })
    .catch((error: unknown) => {
      const again =
        error === collision ||
        isDatabaseFault(error, sqlState.deadlockDetected) ||
        isDatabaseFault(error, sqlState.serializationFailure);
      if (again) return collision;
      throw error;
    });

const attempts = 10;

/**
 * Registers records and says what became of each, in their order: all of it committed, or none. Repeating the call, in parallel
 * too, gives the same records the same answers (I9). Rejects with the database's error, stripped of values, if it cannot commit.
 */
export const registerRecords = async (db: Database, input: RegisterRecordsInput): Promise<readonly Registration[]> => {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const registrations = await registerOnce(db, input);
    if (registrations !== collision) return registrations;
  }
  throw new Error(`Records were registered by others at the same time, ${attempts} times in a row`);
};

/** One checked record, sealed and with its keys, and who hands it in. */
export type RegisterRecordInput = {
  readonly record: PreparedRecord;
  readonly now: Instant;
  /** Who hands it in. */
  readonly by: { readonly actor: string; readonly role: AuditRole };
};

/** Registers one record, or finds what became of it; safe to repeat and to race (I9). */
export const registerRecord = async (db: Database, { record, now, by }: RegisterRecordInput): Promise<Registration> => {
  const [registration] = await registerRecords(db, {
    records: [record],
    now,
    audit: () => ({
      at: now,
      ...by,
      action: 'record-registered',
      controller: record.controller,
      target: { kind: 'record', id: record.id },
      why: 'handed-in',
      detail: { recordClass: record.recordClass, policyVersion: record.policyVersion },
    }),
  });
  if (registration === undefined) throw new Error('A record was left without an answer');
  return registration;
};
