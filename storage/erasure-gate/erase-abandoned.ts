/**
 * Removes what broken-off uploads left in the store: objects whose record was erased before the upload ended, and uploads that
 * nobody finished. No record loses anything by it: a stored object is never touched, and what a suspension covers stays.
 */
import { sql } from 'kysely';
import { type ControllerId, controllerId, type RecordId } from '../../domain/ids.ts';
import { type Instant, instantPlus } from '../../domain/instant.ts';
import { appendAuditEntries } from '../audit-trail.ts';
import { toDate } from '../instants.ts';
import { matchSuspensions } from '../match-suspensions.ts';
import { takeFenceShared } from '../suspensions/fence.ts';
import type { GateTools } from './contracts.ts';

export type EraseAbandonedInput = {
  readonly now: Instant;
  /** An upload that has not ended after this long is taken for broken off; default one day. */
  readonly uploadsOlderThanMs?: number;
  readonly limit?: number;
};

export type EraseAbandonedResult = {
  /** Uploads given up by this call. */
  readonly givenUp: number;
  /** Keys under which nothing is left. */
  readonly gone: number;
  /** Keys under which the store refused to remove something. */
  readonly refused: number;
};

const oneDayMs = 86_400_000;

type Unfinished = {
  readonly id: string;
  readonly record_id: RecordId;
  readonly object_key: string;
  readonly controller: string;
};

/** Gives up uploads that nobody finished: their rows go, their keys wait to be cleared. Returns how many. */
const giveUpUploads = async (
  { db }: Pick<GateTools, 'db'>,
  { now, uploadsOlderThanMs = oneDayMs, limit = 1000 }: EraseAbandonedInput,
): Promise<number> => {
  const { rows } = await sql<Unfinished>`
    SELECT object.id::text AS id, object.record_id::text AS record_id, object.object_key, record.controller
    FROM record_object AS object JOIN record ON record.id = object.record_id
    WHERE object.state = 'uploading' AND object.created_at < ${toDate(instantPlus(now, -uploadsOlderThanMs))}
    ORDER BY object.created_at LIMIT ${limit}`.execute(db);
  let givenUp = 0;
  for (const [controller, unfinished] of Map.groupBy(rows, (row) => controllerId(row.controller))) {
    givenUp += await db.transaction().execute(async (tx) => {
      // Behind the fence, as any destruction: a suspension that is being placed is waited for, and then seen (I4).
      await takeFenceShared(tx, controller);
      const recordIds = unfinished.map(({ record_id }) => record_id);
      const kept = await matchSuspensions(tx, { controller, recordIds });
      const broken = unfinished.filter(({ record_id }) => !kept.has(record_id));
      // The state is asked again: an upload that ended meanwhile is an object and stays.
      const removed = await sql<{ object_key: string }>`
        DELETE FROM record_object WHERE state = 'uploading' AND id = ANY(${broken.map(({ id }) => id)}::uuid[])
        RETURNING object_key`.execute(tx);
      const keys = removed.rows.map(({ object_key }) => object_key);
      await sql`
        INSERT INTO abandoned_object (object_key, controller, reason, noticed_at)
        SELECT key, ${controller}, 'upload-broken-off', ${toDate(now)} FROM unnest(${keys}::text[]) AS key
        ON CONFLICT (object_key) DO NOTHING`.execute(tx);
      return keys.length;
    });
  }
  return givenUp;
};

/** Whether nothing is left under a key; `false` where the store refused. */
const clearKey = async ({ store, destroyingStore }: GateTools, key: string): Promise<boolean> => {
  const versions = [];
  for await (const page of store.listVersions({ prefix: key })) versions.push(...page.filter((one) => one.key === key));
  const refused = await destroyingStore.removeVersions(versions);
  for (const upload of await store.listUnfinishedUploads(key)) {
    if ((await destroyingStore.abortUpload(upload)) !== undefined) return false;
  }
  if (refused.length > 0) return false;
  const { versions: left } = await store.listVersionsPage({ prefix: key, limit: 1 });
  return left.every((one) => one.key !== key) && (await store.listUnfinishedUploads(key)).length === 0;
};

const markGone = (
  { db }: Pick<GateTools, 'db'>,
  {
    keys,
    controller,
    now,
  }: { readonly keys: readonly string[]; readonly controller: ControllerId; readonly now: Instant },
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`UPDATE abandoned_object SET gone_at = ${toDate(now)} WHERE object_key = ANY(${keys}::text[])`.execute(tx);
    await appendAuditEntries(tx, [
      {
        at: now,
        actor: 'erasure-gate',
        role: 'system',
        action: 'abandoned-objects-erased',
        controller,
        target: { kind: 'object', id: 'abandoned' },
        why: 'upload-abandoned',
        detail: { keys: keys.length },
      },
    ]);
  });

/** Gives up old uploads and clears abandoned keys; whatever a store refuses stays on the list. */
export const eraseAbandonedObjects = async (
  tools: GateTools,
  input: EraseAbandonedInput,
): Promise<EraseAbandonedResult> => {
  const { now, limit = 1000 } = input;
  const givenUp = await giveUpUploads(tools, input);
  // A key that a record's row names is not abandoned, whatever the list says.
  const { rows } = await sql<{ object_key: string; controller: string }>`
    SELECT object_key, controller FROM abandoned_object
    WHERE gone_at IS NULL AND NOT EXISTS (SELECT FROM record_object WHERE record_object.object_key = abandoned_object.object_key)
    ORDER BY noticed_at LIMIT ${limit}`.execute(tools.db);
  let gone = 0;
  for (const [controller, those] of Map.groupBy(rows, (row) => controllerId(row.controller))) {
    const keys: string[] = [];
    for (const { object_key } of those) if (await clearKey(tools, object_key)) keys.push(object_key);
    if (keys.length > 0) await markGone(tools, { keys, controller, now });
    gone += keys.length;
  }
  return { givenUp, gone, refused: rows.length - gone };
};
