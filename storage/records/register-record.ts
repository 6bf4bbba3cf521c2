/** Takes one record in: the smallest batch, with an audit entry of its own. */
import type { AuditRole } from '../../domain/audit.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { PreparedRecord } from './prepare-record.ts';
import { type Registration, registerRecords } from './register-records.ts';

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
