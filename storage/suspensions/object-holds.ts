/**
 * Brings the store's legal hold of objects in line with the suspensions: on while at least one hold covers the record and its
 * destruction was not written down before, else off. It does not matter which suspension came or went: each call looks at all of
 * them, so two holds over one object, a hold that ends while another is being applied and an object that arrives in between all
 * end right, in whatever order they are handled.
 *
 * A flag that is just being changed must not be believed. A claim is a lease: it is committed before the store is asked and taken
 * back afterwards; while it lasts every other process leaves the object alone and comes back. A process that is killed in between
 * leaves its claim, and after that has run out the next process asks the store again. The claim is written under the shared fence: a
 * suspension that is placed or released after it finds the claim, one before it was read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { type ControllerId, controllerId, type ObjectId, objectId, recordId } from '../../domain/ids.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { takeFenceShared } from './fence.ts';
import type { LegalHoldStore } from './legal-hold-store.ts';
import { matchSuspensions } from './match-suspensions.ts';

/** Database, store and limits of settling; `claimMs` in milliseconds. */
export type ObjectHoldDeps = {
  readonly db: Database;
  readonly legalHolds: LegalHoldStore;
  /** How long a claim lasts; several times the store's `callTimeoutMs`. */
  readonly claimMs?: number;
  /** Calls to the store at once. */
  readonly concurrency?: number;
};

/** Objects whose flags may be out of line with the suspensions. */
export type SettleObjectHoldsInput = {
  readonly controller: ControllerId;
  readonly objects: readonly ObjectId[];
  /** Ask the store again for flags that should be on already: one may have been taken off with other credentials. */
  readonly again?: boolean;
  readonly now: Instant;
};

/** What was changed in the store, and what must be asked for again. */
export type SettleObjectHoldsResult = {
  readonly set: number;
  readonly lifted: number;
  /** Objects that another process is changing right now: ask again. */
  readonly postponed: readonly ObjectId[];
};

const defaultClaimMs = 30_000;

type Claimed = { readonly object_id: string; readonly object_key: string; readonly state: 'setting' | 'lifting' };

type Claim = {
  readonly id: string;
  readonly claimed: readonly Claimed[];
  readonly postponed: readonly ObjectId[];
};

/** Decides what each object needs and claims those that need a change, in one transaction behind the fence. */
const claimObjects = (
  { db, claimMs = defaultClaimMs }: ObjectHoldDeps,
  { controller, objects, again = false }: SettleObjectHoldsInput,
): Promise<Claim> =>
  db.transaction().execute(async (tx) => {
    await takeFenceShared(tx, controller);
    const { rows: stored } = await sql<{ id: string; record_id: string; intended: boolean }>`
      SELECT object.id, object.record_id,
        EXISTS (SELECT FROM erasure_item item WHERE item.record_id = object.record_id) AS intended
      FROM record_object object JOIN record ON record.id = object.record_id
      WHERE object.id = ANY(${[...objects]}::uuid[]) AND object.state = 'stored' AND record.controller = ${controller}
    `.execute(tx);
    const kept = await matchSuspensions(tx, {
      controller,
      recordIds: [...new Set(stored.map((object) => object.record_id))].map(recordId),
    });
    const needed = stored.map(({ record_id, intended }) => {
      const keeping = kept.get(recordId(record_id)) ?? [];
      return !intended && keeping.some(({ kind }) => isHoldKind(kind));
    });
    const id = uuid();
    const { rows: claimed } = await sql<Claimed>`
      INSERT INTO object_hold (object_id, record_id, object_key, state, claim, claimed_until)
      SELECT object.id, object.record_id, object.object_key, CASE WHEN asked.needed THEN 'setting' ELSE 'lifting' END, ${id}::uuid,
        -- The database's own clock: a claim is a lease between processes, no date of the law.
        clock_timestamp() + make_interval(secs => ${claimMs / 1000})
      FROM unnest(${stored.map((object) => object.id)}::uuid[], ${needed}::boolean[]) AS asked (id, needed)
      JOIN record_object object ON object.id = asked.id
      WHERE asked.needed OR EXISTS (SELECT FROM object_hold WHERE object_hold.object_id = object.id)
      ORDER BY object.id
      ON CONFLICT (object_id) DO UPDATE
      SET state = excluded.state, claim = excluded.claim, claimed_until = excluded.claimed_until
      WHERE (object_hold.claim IS NULL OR object_hold.claimed_until < clock_timestamp())
        AND (object_hold.claim IS NOT NULL
          OR object_hold.state <> CASE excluded.state WHEN 'setting' THEN 'set' ELSE 'lifted' END
          OR (${again} AND excluded.state = 'setting'))
      RETURNING object_id, object_key, state
    `.execute(tx);
    // Only of objects that are still there: where a process was killed while its object was destroyed, the claim runs out and stays.
    const { rows: others } = await sql<{ object_id: ObjectId }>`
      SELECT object_id FROM object_hold
      WHERE object_id = ANY(${stored.map((object) => object.id)}::uuid[]) AND claim IS NOT NULL AND claim <> ${id}::uuid
    `.execute(tx);
    return { id, claimed, postponed: others.map(({ object_id }) => object_id) };
  });

const settled = async (db: Database, claim: string, objects: readonly string[], now: Instant): Promise<Claimed[]> => {
  const { rows } = await sql<Claimed>`
    UPDATE object_hold SET claim = NULL, claimed_until = NULL, settled_at = ${new Date(now)},
      state = CASE state WHEN 'setting' THEN 'set' ELSE 'lifted' END
    WHERE claim = ${claim}::uuid AND object_id = ANY(${[...objects]}::uuid[])
    RETURNING object_id, object_key, CASE state WHEN 'set' THEN 'setting' ELSE 'lifting' END AS state
  `.execute(db);
  return rows;
};

/** Settles up to a few hundred objects of one controller. Throws the store's error after noting what did work. */
export const settleObjectHolds = async (
  deps: ObjectHoldDeps,
  input: SettleObjectHoldsInput,
): Promise<SettleObjectHoldsResult> => {
  if (input.objects.length === 0) return { set: 0, lifted: 0, postponed: [] };
  const { legalHolds, db, claimMs = defaultClaimMs, concurrency = 16 } = deps;
  const startedAt = performance.now();
  const claim = await claimObjects(deps, input);
  // No call may be under way when the claim runs out: what is not begun by then is left to the next one.
  const lastStartAt = startedAt + claimMs - 2 * legalHolds.callTimeoutMs;
  const done: string[] = [];
  const failures: unknown[] = [];
  const queue = [...claim.claimed];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (failures.length > 0 || performance.now() > lastStartAt) {
        queue.unshift(next);
        return;
      }
      try {
        await legalHolds.setLegalHold({ key: next.object_key, on: next.state === 'setting' });
        done.push(next.object_id);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const rows = done.length === 0 ? [] : await settled(db, claim.id, done, input.now);
  if (failures.length > 0) throw failures[0];
  const unsettled = queue.map(({ object_id }) => object_id as ObjectId);
  return {
    set: rows.filter(({ state }) => state === 'setting').length,
    lifted: rows.filter(({ state }) => state === 'lifting').length,
    postponed: [...claim.postponed, ...unsettled],
  };
};

/** Settles until no other claim is in the way; waits for claims of processes that were killed to run out. */
export const settleObjectHoldsFully = async (
  deps: ObjectHoldDeps,
  input: SettleObjectHoldsInput,
  /** Called before each pause, for heartbeats; throws to stop. */
  onPause: () => void = () => undefined,
): Promise<{ readonly set: number; readonly lifted: number }> => {
  let { set, lifted, postponed } = await settleObjectHolds(deps, input);
  while (postponed.length > 0) {
    onPause();
    await sleep(500);
    const more = await settleObjectHolds(deps, { ...input, objects: postponed });
    set += more.set;
    lifted += more.lifted;
    postponed = more.postponed;
  }
  return { set, lifted };
};

/** What counts as now, and how many objects are looked at. */
export type FlagArrivedObjectsInput = { readonly now: Instant; readonly limit?: number };

/**
 * Objects that arrive while a hold is in force: each stored object is looked at once, after it was committed. A hold placed before
 * that is seen here, one placed later finds the object by itself: between them nothing slips through. Answers how many objects were
 * looked at, 0 when there is nothing to do; those that another process has claimed stay for the next call.
 */
export const flagArrivedObjects = async (
  deps: ObjectHoldDeps,
  { now, limit = 200 }: FlagArrivedObjectsInput,
): Promise<{ readonly checked: number; readonly flagged: number }> => {
  const { rows } = await sql<{ id: string; version_id: string; controller: string }>`
    SELECT object.id, object.version_id, record.controller
    FROM record_object object JOIN record ON record.id = object.record_id
    WHERE object.state = 'stored' AND object.hold_checked_at IS NULL
    ORDER BY object.created_at, object.id
    LIMIT ${limit}
  `.execute(deps.db);
  let checked = 0;
  let flagged = 0;
  for (const controller of new Set(rows.map((row) => row.controller))) {
    const arrived = rows.filter((row) => row.controller === controller);
    const objects = arrived.map(({ id }) => objectId(id));
    // A new version of a flagged object is not flagged yet, hence `again`.
    const result = await settleObjectHolds(deps, { controller: controllerId(controller), objects, again: true, now });
    const postponed = new Set<string>(result.postponed);
    const free = arrived.filter(({ id }) => !postponed.has(id));
    await sql`
      UPDATE record_object object SET hold_checked_at = ${new Date(now)}
      FROM unnest(${free.map(({ id }) => id)}::uuid[], ${free.map((row) => row.version_id)}::text[]) AS seen (id, version_id)
      WHERE object.id = seen.id AND object.version_id = seen.version_id
    `.execute(deps.db);
    checked += free.length;
    flagged += result.set;
  }
  return { checked, flagged };
};
