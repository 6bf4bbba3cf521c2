/** How far the worker has come in the walks over a suspension. Position and counts change in one statement: a crash loses neither. */
import { sql } from 'kysely';
import { z } from 'zod';
import { recordId, type SuspensionId, unitId } from '../../domain/ids.ts';
import { type Instant, instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { SuspensionWalkTable } from './tables.ts';
import type { WalkPosition } from './walk-records.ts';
import type { UnitPosition } from './walk-units.ts';

/** Which walk over a suspension's records a row is about. */
export type WalkName = SuspensionWalkTable['walk'];

/** Where a walk stands, and what it has counted up to there. */
export type StoredWalk = {
  readonly scopeRevision: number;
  readonly position: WalkPosition | UnitPosition | undefined;
  readonly finishedAt: Date | undefined;
  /** Records by class. */
  readonly records: Readonly<Record<string, number>>;
  readonly objects: number;
  readonly units: number;
};

const positionSchema = z.union([
  z.object({
    clause: z.string(),
    triggerAt: z.string().transform(instant),
    record: z.string().transform(recordId),
  }),
  z.object({ boundAt: z.string().transform(instant), unit: z.string().transform(unitId) }),
]);
const recordsSchema = z.record(z.string(), z.number().int().nonnegative());

/** The walk of this name over a suspension, or `undefined` if none was begun. */
export const readWalk = async (
  db: Database,
  { suspensionId, walk }: { readonly suspensionId: SuspensionId; readonly walk: WalkName },
): Promise<StoredWalk | undefined> => {
  const row = await db
    .selectFrom('suspension_walk')
    .select(['scope_revision', 'position', 'finished_at', 'records', 'objects_settled', 'units_told'])
    .where('suspension_id', '=', suspensionId)
    .where('walk', '=', walk)
    .executeTakeFirst();
  return (
    row && {
      scopeRevision: row.scope_revision,
      position: row.position === null ? undefined : positionSchema.parse(row.position),
      finishedAt: row.finished_at ?? undefined,
      records: recordsSchema.parse(row.records),
      objects: row.objects_settled,
      units: row.units_told,
    }
  );
};

/** The place a walk has reached; replaces the one before. */
export type WriteWalkInput = {
  readonly suspensionId: SuspensionId;
  readonly walk: WalkName;
  readonly stored: Omit<StoredWalk, 'finishedAt'>;
  readonly finished: boolean;
  readonly now: Instant;
};

/** Notes how far a walk has come. One walk is led by one workflow, which alone writes this row. */
export const writeWalk = async (
  db: Database,
  { suspensionId, walk, stored, finished, now }: WriteWalkInput,
): Promise<void> => {
  const values = {
    scope_revision: stored.scopeRevision,
    position: stored.position === undefined ? null : JSON.stringify(stored.position),
    finished_at: finished ? new Date(now) : null,
    records: JSON.stringify(stored.records),
    objects_settled: stored.objects,
    units_told: stored.units,
    updated_at: new Date(now),
  };
  await db
    .insertInto('suspension_walk')
    .values({ suspension_id: suspensionId, walk, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(['suspension_id', 'walk'])
        .doUpdateSet(values)
        // An attempt that timed out and still runs must not turn back what a later one has noted.
        .where((where) =>
          where.or([
            where('suspension_walk.scope_revision', '<', stored.scopeRevision),
            where.and([
              where('suspension_walk.scope_revision', '=', stored.scopeRevision),
              sql<boolean>`suspension_walk.updated_at <= excluded.updated_at`,
            ]),
          ]),
        ),
    )
    .execute();
};
