/**
 * Figures on what people have to see to: suspensions whose review is overdue, rights requests past their statutory day. Counts by
 * controller and kind, never by matter or case.
 */
import { sql } from 'kysely';
import { type ControllerId, controllerId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** Suspensions of one kind. */
export type SuspensionFigures = {
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly active: number;
  /** Active, and its review date is over where the controller is. */
  readonly reviewsOverdue: number;
};

/** Rights requests of one controller. */
export type RequestFigures = {
  readonly controller: ControllerId;
  /** Taken in and not closed. */
  readonly open: number;
  /** Past the last day of an answer (Art. 12(3)); a clock that stands still is not. */
  readonly overdue: number;
};

/** Counts suspensions as of `now`. A controller without a stored policy counts its days in UTC. */
export const readSuspensionFigures = async (
  db: Database,
  { now }: { readonly now: Instant },
): Promise<readonly SuspensionFigures[]> => {
  const { rows } = await sql<{ controller: string; kind: SuspensionKind; active: number; overdue: number }>`
    SELECT suspension.controller, suspension.kind, count(*)::int AS active,
      count(*) FILTER (WHERE review_on < (${toDate(now)}::timestamptz AT TIME ZONE coalesce(zone.name, 'UTC'))::date)::int AS overdue
    FROM suspension LEFT JOIN (
      SELECT DISTINCT ON (controller) controller, document ->> 'timeZone' AS name
      FROM policy_version ORDER BY controller, version DESC) AS zone ON zone.controller = suspension.controller
    WHERE suspension.state = 'active' GROUP BY 1, 2 ORDER BY 1, 2`.execute(db);
  return rows.map(({ controller, overdue, ...rest }) => ({
    ...rest,
    controller: controllerId(controller),
    reviewsOverdue: overdue,
  }));
};

/** Counts rights requests as of `now`. */
export const readRequestFigures = async (
  db: Database,
  { now }: { readonly now: Instant },
): Promise<readonly RequestFigures[]> => {
  const { rows } = await sql<{ controller: string; open: number; overdue: number }>`
    SELECT controller, count(*)::int AS open, count(*) FILTER (WHERE due_at < ${toDate(now)})::int AS overdue
    FROM request_case WHERE stage <> 'closed' GROUP BY 1 ORDER BY 1`.execute(db);
  return rows.map(({ controller, ...rest }) => ({ ...rest, controller: controllerId(controller) }));
};
