/** What certificates prove of a unit, without looking at what is left of it: cheap also for a unit of a hundred million records. */
import { sql } from 'kysely';
import type { UnitId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';

/** What all certificates of a unit prove together. */
export type UnitTotals = {
  /** Records proven gone. */
  readonly recordsGone: number;
  readonly certificates: number;
};

/** Sums the unit's certificates. */
export const readUnitTotals = async (db: Database, unitId: UnitId): Promise<UnitTotals> =>
  db
    .selectFrom('disposition_certificate')
    .where('unit_id', '=', unitId)
    .select(({ fn }) => [
      fn.coalesce(fn.sum<number>('records_gone'), sql.lit(0)).as('recordsGone'),
      fn.countAll<number>().as('certificates'),
    ])
    .executeTakeFirstOrThrow();
