/** Reads disposition certificates: one, or the newest of a controller page by page. */
import { sql } from 'kysely';
import {
  type CertificateId,
  type ControllerId,
  certificateId,
  type RecordClassId,
  type UnitId,
} from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';

/** What a list says of a certificate. */
export type CertificateSummary = {
  readonly certificateId: CertificateId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly unitId: UnitId;
  readonly issuedAt: Instant;
  /** When the absence was read back. */
  readonly verifiedAt: Instant;
  readonly boundAt: Instant;
  readonly recordsGone: number;
};

/** A certificate with its document, as issued, and the SHA-256 of it (lower-case hexadecimal). */
export type Certificate = CertificateSummary & { readonly document: unknown; readonly digest: string };

const columns = [
  'id',
  'controller',
  'record_class',
  'unit_id',
  'issued_at',
  'verified_at',
  'bound_at',
  'records_gone',
] as const;

type SummaryRow = {
  id: string;
  controller: ControllerId;
  record_class: RecordClassId;
  unit_id: UnitId;
  issued_at: Date;
  verified_at: Date;
  bound_at: Date;
  records_gone: number;
};

const toSummary = (row: SummaryRow): CertificateSummary => ({
  certificateId: certificateId(row.id),
  controller: row.controller,
  recordClass: row.record_class,
  unitId: row.unit_id,
  issuedAt: fromDate(row.issued_at),
  verifiedAt: fromDate(row.verified_at),
  boundAt: fromDate(row.bound_at),
  recordsGone: row.records_gone,
});

type Reader = Database | DatabaseTransaction;

/** A certificate, or `undefined`. */
export const readCertificate = async (db: Reader, id: CertificateId): Promise<Certificate | undefined> => {
  const row = await db
    .selectFrom('disposition_certificate')
    .select([...columns, 'document', 'digest'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { ...toSummary(row), document: row.document, digest: row.digest.toString('hex') };
};

/** A page of a controller's certificates, filtered by class and by when they were issued. */
export type ListCertificatesInput = {
  readonly controller: ControllerId;
  readonly recordClass?: RecordClassId;
  /** Issued at or after this instant. */
  readonly from?: Instant;
  /** Issued before this instant. */
  readonly until?: Instant;
  readonly after?: { readonly issuedAt: Instant; readonly certificateId: CertificateId };
  readonly limit: number;
};

/** Certificates of a controller, the newest first. */
export const listCertificates = async (
  db: Reader,
  { controller, recordClass, from, until, after, limit }: ListCertificatesInput,
): Promise<readonly CertificateSummary[]> => {
  let query = db.selectFrom('disposition_certificate').select(columns).where('controller', '=', controller);
  if (recordClass !== undefined) query = query.where('record_class', '=', recordClass);
  if (from !== undefined) query = query.where('issued_at', '>=', toDate(from));
  if (until !== undefined) query = query.where('issued_at', '<', toDate(until));
  if (after !== undefined) {
    const { issuedAt, certificateId: id } = after;
    query = query.where(sql<boolean>`(issued_at, id) < (${toDate(issuedAt)}::timestamptz, ${id}::uuid)`);
  }
  const rows = await query.orderBy('issued_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  return rows.map(toSummary);
};
