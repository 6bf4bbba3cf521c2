/**
 * Removes what broken-off uploads left in the store: objects whose record was erased before the upload ended, and uploads that
 * were never finished. No record loses anything by it: a stored object is never touched, and what a suspension covers stays.
 */
import { sql } from 'kysely';
import { type ControllerId, controllerId, type RecordId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import { appendAuditEntries } from '../audit/audit-trail.ts';
import { toDate } from '../database/instants.ts';
import { takeFenceShared } from '../suspensions/fence.ts';
import { matchSuspensions } from '../suspensions/match-suspensions.ts';
import type { GateTools } from './contracts.ts';

/** What counts as now, from when on an upload is taken for broken off (milliseconds), and how many are handled. */
export type EraseAbandonedInput = {
  readonly now: Instant;
  /** An upload that has not ended after this long is taken for broken off; default one day. */
  readonly uploadsOlderThanMs?: number;
  readonly limit?: number;
};

/** What one call cleared. */
export type EraseAbandonedResult = {
  /** Uploads given up by this call. */
  readonly givenUp: number;
  /** Keys under which nothing is left. */
  readonly gone: number;
  /** Keys under which the store refused to remove something. */
  readonly refused: number;
};

type Unfinished = {
  readonly id: string;
  readonly record_id: RecordId;
  readonly object_key: string;
  readonly controller: string;
};

/** A file of a case is stored when its case says so, whatever the row of its record says. */
const notStoredForItsCase = sql<boolean>`NOT EXISTS (
  SELECT FROM request_attachment AS attachment WHERE attachment.id = object.id AND attachment.state = 'stored')`;

/** Gives up uploads that were never finished: their rows go, their keys wait to be cleared. Returns how many. */
const giveUpUploads = async (
  { db }: Pick<GateTools, 'db'>,
  { now, uploadsOlderThanMs = days(1), limit = 1000 }: EraseAbandonedInput,
): Promise<number> => {
  const { rows } = await sql<Unfinished>`
    SELECT object.id::text AS id, object.record_id::text AS record_id, object.object_key, record.controller
    FROM record_object AS object JOIN record ON record.id = object.record_id
    WHERE object.state = 'uploading' AND object.created_at < ${toDate(instantPlus(now, -uploadsOlderThanMs))}
      AND ${notStoredForItsCase}
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
        DELETE FROM record_object AS object
        WHERE state = 'uploading' AND id = ANY(${broken.map(({ id }) => id)}::uuid[]) AND ${notStoredForItsCase}
        RETURNING object_key`.execute(tx);
      const keys = removed.rows.map(({ object_key }) => object_key);
      await sql`
        INSERT INTO abandoned_object (object_key, controller, reason, noticed_at)
        SELECT key, ${controller}, 'upload-broken-off', ${toDate(now)} FROM unnest(${keys}::text[]) AS key
        ON CONFLICT (object_key) WHERE gone_at IS NULL DO NOTHING`.execute(tx);
      return keys.length;
    });
  }
  return givenUp;
};

type Cleared = 'gone' | 'refused' | 'not-yet';

/** Removes everything under a key that nothing names any more. */
const clearKey = async ({ store, destroyingStore }: GateTools, key: string): Promise<Cleared> => {
  const versions = [];
  for await (const page of store.listVersions({ prefix: key })) versions.push(...page.filter((one) => one.key === key));
  const refused = await destroyingStore.removeVersions(versions);
  for (const upload of await store.listUnfinishedUploads(key)) {
    if ((await destroyingStore.abortUpload(upload)) !== undefined) return 'refused';
  }
  if (refused.length > 0) return 'refused';
  const { versions: left } = await store.listVersionsPage({ prefix: key, limit: 1 });
  const nothing = left.every((one) => one.key !== key) && (await store.listUnfinishedUploads(key)).length === 0;
  return nothing ? 'gone' : 'refused';
};

/** Removes the parts of broken-off attempts under the key of an object that is stored, which stays as it is. */
const clearParts = async (
  { store, destroyingStore }: GateTools,
  key: string,
  { begunBefore }: { readonly begunBefore: Instant },
): Promise<Cleared> => {
  for (const upload of await store.listUnfinishedUploads(key)) {
    // It may still be on its way.
    if (upload.begunAt >= toDate(begunBefore)) return 'not-yet';
    if ((await destroyingStore.abortUpload(upload)) !== undefined) return 'refused';
  }
  return (await store.listUnfinishedUploads(key)).length === 0 ? 'gone' : 'not-yet';
};

type Waiting = {
  readonly object_key: string;
  readonly controller: string;
  /** The record of the object that is stored under the key, if there is one. */
  readonly record_id: RecordId | null;
};

/** What waits to be cleared. A key that a row names is not abandoned, whatever the list says; only parts beside its object may be. */
const waitingKeys = async ({ db }: Pick<GateTools, 'db'>, limit: number): Promise<readonly Waiting[]> => {
  const { rows } = await sql<Waiting>`
    SELECT abandoned.object_key, abandoned.controller, object.record_id::text AS record_id
    FROM abandoned_object AS abandoned LEFT JOIN record_object AS object ON object.object_key = abandoned.object_key
    WHERE abandoned.gone_at IS NULL
      AND CASE WHEN object.id IS NULL
        THEN NOT EXISTS (
          SELECT FROM request_attachment AS attachment
          WHERE attachment.object_key = abandoned.object_key AND attachment.state = 'stored')
        ELSE object.state = 'stored' AND abandoned.reason = 'upload-broken-off' END
    ORDER BY object.id IS NOT NULL, abandoned.noticed_at LIMIT ${limit}`.execute(db);
  return rows;
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
    await sql`
      UPDATE abandoned_object SET gone_at = ${toDate(now)}
      WHERE object_key = ANY(${keys}::text[]) AND gone_at IS NULL`.execute(tx);
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

/** Gives up old uploads and clears abandoned keys; whatever a store refuses stays on the list, as does what a suspension covers. */
export const eraseAbandonedObjects = async (
  tools: GateTools,
  input: EraseAbandonedInput,
): Promise<EraseAbandonedResult> => {
  const { now, limit = 1000, uploadsOlderThanMs = days(1) } = input;
  const begunBefore = instantPlus(now, -uploadsOlderThanMs);
  const givenUp = await giveUpUploads(tools, input);
  let [gone, refused] = [0, 0];
  const waiting = await waitingKeys(tools, limit);
  for (const [controller, those] of Map.groupBy(waiting, (row) => controllerId(row.controller))) {
    const recordIds = those.flatMap(({ record_id }) => record_id ?? []);
    const kept = await matchSuspensions(tools.db, { controller, recordIds });
    const keys: string[] = [];
    for (const { object_key: key, record_id: recordId } of those) {
      if (recordId !== null && kept.has(recordId)) continue;
      const cleared = await (recordId === null ? clearKey(tools, key) : clearParts(tools, key, { begunBefore }));
      if (cleared === 'gone') keys.push(key);
      if (cleared === 'refused') refused += 1;
    }
    if (keys.length > 0) await markGone(tools, { keys, controller, now });
    gone += keys.length;
  }
  return { givenUp, gone, refused };
};
