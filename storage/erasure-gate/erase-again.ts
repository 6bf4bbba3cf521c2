/**
 * Erases again what came back: after a backup was restored, the ledger says which records had been destroyed. Their tombstones and
 * certificates stand; what came back is removed the same way and read back, and the audit trail says that it happened.
 */
import { sql } from 'kysely';
import { controllerId, type RecordId, recordClassId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { GateTools } from './contracts.ts';
import { destroyObjects } from './destroy-objects.ts';
import { destroyRows } from './destroy-rows.ts';
import { findVersions } from './find-versions.ts';
import { readBackObjects, readBackRows } from './read-back.ts';

/** What counts as now, and how many records are looked at. */
export type EraseAgainInput = {
  readonly now: Instant;
  readonly limit?: number;
};

/** What came back, and what of it is gone again; the rest is found by the next call. */
export type EraseAgainResult = {
  /** Records found here though a certificate says that they are gone. */
  readonly found: number;
  /** Records proven absent again. */
  readonly gone: number;
};

type Resurrected = { readonly id: RecordId; readonly controller: string; readonly record_class: string };

/**
 * Erases again up to `limit` records that the ledger has as certified. Suspensions do not keep them: their destruction was proven,
 * and what a backup brings back has no basis any more (Art. 5(1)(e)).
 */
export const eraseAgain = async (
  { db, store, destroyingStore }: GateTools,
  { now, limit = 1000 }: EraseAgainInput,
): Promise<EraseAgainResult> => {
  const { rows } = await sql<Resurrected>`
    SELECT record.id::text AS id, record.controller, record.record_class
    FROM erasure_item AS item
    JOIN erasure_intent AS intent ON intent.id = item.intent_id AND intent.state = 'certified'
    JOIN record ON record.id = item.record_id
    ORDER BY record.id LIMIT ${limit}`.execute(db);
  let gone = 0;
  const groups = Map.groupBy(rows, ({ controller, record_class }) => `${controller} ${record_class}`);
  for (const [first, ...rest] of groups.values()) {
    if (first === undefined) continue;
    const controller = controllerId(first.controller);
    const recordClass = recordClassId(first.record_class);
    const recordIds = [first, ...rest].map(({ id }) => id);
    const found = await findVersions(store, { controller, recordClass, recordIds });
    const refused = await destroyObjects({
      store,
      destroyingStore,
      found,
      uploadKeys: [],
      halfway: async () => undefined,
    });
    const cleared = recordIds.filter((id) => !refused.has(id));
    // Whatever class they were of: a backup may bring a case back with its file.
    await destroyRows(db, { recordIds: cleared, caseFiles: true, beforeCommit: async () => undefined });
    const left = new Set([
      ...(await readBackRows(db, { recordIds: cleared, caseFiles: true })),
      ...(
        await readBackObjects({ store, destroyingStore, controller, recordClass, recordIds: cleared, uploadKeys: [] })
      ).keys(),
    ]);
    const proven = cleared.filter((id) => !left.has(id));
    gone += proven.length;
    if (proven.length === 0) continue;
    await db.transaction().execute((tx) =>
      appendAuditEntry(tx, {
        at: now,
        actor: 'erasure-gate',
        role: 'system',
        action: 'erasure-repeated-after-restore',
        controller,
        target: { kind: 'record-batch', id: `${proven.length}` },
        why: 'ledger',
        detail: { recordClass, records: proven },
      }),
    );
  }
  return { found: rows.length, gone };
};
