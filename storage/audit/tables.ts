/** The tables of the audit trail (Art. 5(2)), as Kysely sees them. */
import type { ColumnType } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';

/** The audit trail, append-only (Art. 5(2)). */
export type AuditEntryTable = {
  id: ColumnType<number, never, never>;
  at: Date;
  actor: string;
  role: string;
  action: string;
  controller: ControllerId;
  target_kind: string;
  target_id: string;
  why: string;
  detail: ColumnType<unknown, string, never>;
  /** Transaction that wrote it (`xid8`). */
  written_in: ColumnType<string, never, never>;
};

/** The hash chain over the audit trail. */
export type AuditSealTable = {
  sequence: number;
  entry_id: number;
  entry_digest: Buffer;
  chain_digest: Buffer;
  sealed_at: Date;
};

/** These tables by name; part of `Tables`. */
export type AuditTables = {
  audit_entry: AuditEntryTable;
  audit_seal: AuditSealTable;
};
