/**
 * Finds a record by the source system's id: what it is while it is here, what became of it when it is not (its tombstone holds no
 * personal data). Metadata only; content and objects are opened by `reading/`.
 */
import { sql } from 'kysely';
import {
  type CaseId,
  type CertificateId,
  caseId,
  type RecordClassId,
  type RecordId,
  type UnitId,
} from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, fromDateOrUndefined } from '../database/instants.ts';
import { type JoinedUnit, joinedUnit } from '../units/join-units.ts';

/** An object of a record, as far as it is stored or being stored. */
export type RecordObject = {
  readonly name: string;
  readonly state: 'uploading' | 'stored';
  readonly mediaType: string;
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly createdAt: Instant;
};

/** An object as far as it may be known: of a restricted record nothing that distinguishes its bytes from others (Art. 18). */
export type ListedObject = Omit<RecordObject, 'size' | 'sha256'> & Partial<Pick<RecordObject, 'size' | 'sha256'>>;

/** A record that is here. */
export type PresentRecord = {
  readonly state: 'present';
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  readonly registeredAt: Instant;
  readonly policyVersion: number;
  readonly unit: JoinedUnit;
};

/** A record past the point of no return: its destruction is written down, and proven once there is a certificate. */
export type ErasedRecord = {
  readonly state: 'being-erased' | 'erased';
  readonly recordId: RecordId;
  readonly unitId: UnitId;
  readonly triggerAt: Instant;
  readonly boundAt: Instant;
  readonly basis: 'retention-period-ended' | 'decision';
  readonly caseId: CaseId | undefined;
  /** When the intent was written. */
  readonly intendedAt: Instant;
  /** When its absence was read back. */
  readonly verifiedAt: Instant | undefined;
  readonly certificateId: CertificateId | undefined;
};

/** What is known of a record. `unknown`: neither here nor in the ledger. */
export type FoundRecord = PresentRecord | ErasedRecord | { readonly state: 'unknown' };

type Reader = Database | DatabaseTransaction;

const findPresent = async (db: Reader, sourceKey: Buffer): Promise<PresentRecord | undefined> => {
  const row = await db
    .selectFrom('record')
    .innerJoin('retention_unit as unit', 'unit.id', 'record.unit_id')
    .select(['record.id as record_id', 'record.record_class', 'record.trigger_at', 'record.registered_at'])
    .select(['record.policy_version', 'unit.id', 'unit.bound_day', 'unit.opens_at', 'unit.due_at', 'unit.bound_at'])
    .where('record.source_key', '=', sourceKey)
    .executeTakeFirst();
  return (
    row && {
      state: 'present',
      recordId: row.record_id,
      recordClass: row.record_class,
      triggerAt: fromDate(row.trigger_at),
      registeredAt: fromDate(row.registered_at),
      policyVersion: row.policy_version,
      unit: joinedUnit(row),
    }
  );
};

const findErased = async (db: Reader, sourceKey: Buffer): Promise<ErasedRecord | undefined> => {
  const row = await db
    .selectFrom('erasure_item as item')
    .innerJoin('erasure_intent as intent', 'intent.id', 'item.intent_id')
    .leftJoin('disposition_certificate as certificate', 'certificate.intent_id', 'intent.id')
    .select([
      'item.record_id',
      'item.trigger_at',
      'intent.unit_id',
      'intent.bound_at',
      'intent.basis',
      'intent.case_id',
    ])
    .select(['intent.written_at', 'certificate.id as certificate_id', 'certificate.verified_at'])
    .where('item.source_key', '=', sourceKey)
    .executeTakeFirst();
  return (
    row && {
      state: row.certificate_id === null ? 'being-erased' : 'erased',
      recordId: row.record_id,
      unitId: row.unit_id,
      triggerAt: fromDate(row.trigger_at),
      boundAt: fromDate(row.bound_at),
      basis: row.basis,
      caseId: row.case_id === null ? undefined : caseId(row.case_id),
      intendedAt: fromDate(row.written_at),
      verifiedAt: fromDateOrUndefined(row.verified_at),
      certificateId: row.certificate_id ?? undefined,
    }
  );
};

/** What is known of a record. A written intent outranks the rows, which may still be there for a moment: it cannot be undone. */
export const findRecord = async (db: Reader, sourceKey: Buffer): Promise<FoundRecord> => {
  // In this order: a record that goes between the two statements has left its tombstone for the second.
  const present = await findPresent(db, sourceKey);
  return (await findErased(db, sourceKey)) ?? present ?? { state: 'unknown' };
};

/** The objects of a record, by name. */
export const listRecordObjects = async (db: Reader, record: RecordId): Promise<readonly RecordObject[]> => {
  const rows = await db
    .selectFrom('record_object')
    .select(['name', 'state', 'media_type', 'size', 'sha256', 'created_at'])
    .where('record_id', '=', record)
    .orderBy(sql`name COLLATE "C"`)
    .execute();
  return rows.map(({ name, state, media_type, size, sha256, created_at }) => ({
    name,
    state,
    mediaType: media_type,
    size,
    sha256: sha256.toString('hex'),
    createdAt: fromDate(created_at),
  }));
};

/** The same for a record that is under restriction. */
export const listRestrictedObjects = async (db: Reader, record: RecordId): Promise<readonly ListedObject[]> =>
  (await listRecordObjects(db, record)).map(({ size, sha256, ...rest }) => rest);
