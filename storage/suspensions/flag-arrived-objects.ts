/**
 * Objects that arrive while a hold is in force: each stored object is looked at once, after it was committed. A hold placed before
 * that is seen here, one placed later finds the object by itself: between them nothing slips through.
 */
import { sql } from 'kysely';
import { controllerId, objectId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { type ObjectHoldDeps, settleObjectHolds } from './settle-object-holds.ts';

/** What counts as now, and how many objects are looked at. */
export type FlagArrivedObjectsInput = { readonly now: Instant; readonly limit?: number };

/** How many objects were looked at; 0 when there is nothing to do. Objects in somebody else's hands stay for the next call. */
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
