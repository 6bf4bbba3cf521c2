/**
 * The audit trail (Art. 5(2)): entries are appended in the transaction of the change they record, and sealed into a hash chain
 * afterwards by one process, so that writers never queue behind one another (I10).
 */
import { createHash } from 'node:crypto';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { AuditEntry } from '../../domain/audit.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { canonicalJson } from './canonical-json.ts';
import type { AuditEntryTable } from './tables.ts';

/** Appends entries; they are committed, or not, together with what they record. */
export const appendAuditEntries = async (tx: DatabaseTransaction, entries: readonly AuditEntry[]): Promise<void> => {
  if (entries.length === 0) return;
  await tx
    .insertInto('audit_entry')
    .values(
      entries.map((entry) => ({
        at: toDate(entry.at),
        actor: entry.actor,
        role: entry.role,
        action: entry.action,
        controller: entry.controller,
        target_kind: entry.target.kind,
        target_id: entry.target.id,
        why: entry.why,
        detail: JSON.stringify(entry.detail ?? {}),
      })),
    )
    .execute();
};

/** Appends one entry. */
export const appendAuditEntry = (tx: DatabaseTransaction, entry: AuditEntry): Promise<void> =>
  appendAuditEntries(tx, [entry]);

/**
 * Appends one entry if something holds: for statements that make a change and record it in one go, which are a transaction by themselves.
 */
export const auditEntryIf = (entry: AuditEntry, condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  INSERT INTO audit_entry (at, actor, role, action, controller, target_kind, target_id, why, detail)
  SELECT ${entry.at}::timestamptz, ${entry.actor}::text, ${entry.role}::text, ${entry.action}::text, ${entry.controller}::text,
    ${entry.target.kind}::text, ${entry.target.id}::text, ${entry.why}::text, ${JSON.stringify(entry.detail ?? {})}::jsonb
  WHERE ${condition}`;

/** What a seal covers: everything of an entry except the transaction that wrote it. */
export type SealedEntry = Omit<Selectable<AuditEntryTable>, 'written_in'>;

/** Digest of an entry: SHA-256 of its canonical JSON. */
export const entryDigest = (entry: SealedEntry): Buffer =>
  createHash('sha256')
    .update(
      canonicalJson([
        entry.id,
        entry.at.toISOString(),
        entry.actor,
        entry.role,
        entry.action,
        entry.controller,
        entry.target_kind,
        entry.target_id,
        entry.why,
        entry.detail,
      ]),
    )
    .digest();

/** A link of the chain: SHA-256 of the previous link, the sequence number (8 bytes) and the entry's digest. */
export const chainDigest = (previous: Buffer, sequence: number, entry: Buffer): Buffer => {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(sequence));
  return createHash('sha256').update(previous).update(number).update(entry).digest();
};

/** What the first link hangs on. */
export const chainStart: Buffer = createHash('sha256').update('oblio audit trail').digest();

const sealerLock = "hashtextextended('oblio/audit-sealer', 0)";

/** What a sealing step did: how many entries it sealed, and whether another process was sealing at that moment. */
export type SealingStep = { readonly sealed: number; readonly busy: boolean };

/** What counts as the time of sealing, and how many entries are sealed at the most. */
export type SealNextEntriesInput = { readonly now: Instant; readonly limit?: number };

/**
 * Seals the next entries in the order in which their transactions began. Only entries behind every transaction still running are
 * taken, so none can appear later in front of a sealed one. Safe to call from several processes: one seals, the others learn that they did not.
 */
export const sealNextEntries = (db: Database, { now, limit = 1000 }: SealNextEntriesInput): Promise<SealingStep> =>
  db.transaction().execute(async (tx) => {
    const lock = await sql<{ got: boolean }>`SELECT pg_try_advisory_xact_lock(${sql.raw(sealerLock)}) AS got`.execute(
      tx,
    );
    if (lock.rows[0]?.got !== true) return { sealed: 0, busy: true };
    const last = await tx
      .selectFrom('audit_seal')
      .innerJoin('audit_entry', 'audit_entry.id', 'audit_seal.entry_id')
      .select(['audit_seal.sequence', 'audit_seal.chain_digest', 'audit_entry.id', 'audit_entry.written_in'])
      .orderBy('audit_seal.sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    // Transaction numbers start anew in a cluster that was filled from a dump: entries of the old one are final there, whatever
    // their number, and those of the new one come after them.
    const horizon = sql`(written_in < pg_snapshot_xmin(pg_current_snapshot()) OR written_in > pg_snapshot_xmax(pg_current_snapshot()))`;
    const sinceLast =
      last === undefined
        ? sql`TRUE`
        : sql`((written_in, id) > (${last.written_in}::xid8, ${last.id}) OR ${last.written_in}::xid8 > pg_snapshot_xmax(pg_current_snapshot()))`;
    const { rows } = await sql<SealedEntry>`
      SELECT id, at, actor, role, action, controller, target_kind, target_id, why, detail FROM audit_entry
      WHERE ${sinceLast} AND ${horizon} AND NOT EXISTS (SELECT FROM audit_seal WHERE audit_seal.entry_id = audit_entry.id)
      ORDER BY written_in, id LIMIT ${limit}`.execute(tx);
    let chain = last?.chain_digest ?? chainStart;
    let sequence = last?.sequence ?? 0;
    const seals = rows.map((entry) => {
      sequence += 1;
      const digest = entryDigest(entry);
      chain = chainDigest(chain, sequence, digest);
      return { sequence, entry_id: entry.id, entry_digest: digest, chain_digest: chain, sealed_at: toDate(now) };
    });
    if (seals.length > 0) await tx.insertInto('audit_seal').values(seals).execute();
    return { sealed: seals.length, busy: false };
  });
