/** Units past their bound of which something is left that no suspension keeps: promises being broken (I3). */
import { controllerId, type UnitId, unitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { keptOfUnit } from '../suspensions/match-suspensions.ts';

/** A unit past its bound. */
export type LateUnit = {
  readonly unitId: UnitId;
  /** Records past the bound that nothing keeps. */
  readonly records: number;
  /** Whether its destruction was written down and is not proven yet. */
  readonly destructionUnproven: boolean;
};

/**
 * The next late units by id, and where to go on. A unit that suspensions keep as a whole is not late, however long ago its bound was;
 * one without any record that is still open is: its end was never certified as complete.
 */
export const listLateUnits = async (
  db: Database,
  { asOf, after, limit }: { readonly asOf: Instant; readonly after?: UnitId; readonly limit: number },
): Promise<{ readonly late: readonly LateUnit[]; readonly next: UnitId | undefined }> => {
  let query = db
    .selectFrom('retention_unit as unit')
    .select((eb) => [
      'unit.id',
      'unit.controller',
      eb
        .selectFrom('record')
        .whereRef('record.unit_id', '=', 'unit.id')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .as('records'),
      eb
        .selectFrom('erasure_intent as intent')
        .whereRef('intent.unit_id', '=', 'unit.id')
        .where('intent.state', '=', 'written')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .as('unproven'),
    ])
    .where('unit.state', '=', 'open')
    .where('unit.bound_at', '<', toDate(asOf));
  if (after !== undefined) query = query.where('unit.id', '>', after);
  const rows = await query.orderBy('unit.id').limit(limit).execute();
  const late: LateUnit[] = [];
  for (const row of rows) {
    const id = unitId(row.id);
    const { records: kept } = await keptOfUnit(db, { controller: controllerId(row.controller), unitId: id });
    const [records, unproven] = [row.records ?? 0, row.unproven ?? 0];
    if (records > kept || unproven > 0 || records === 0) {
      late.push({ unitId: id, records: records - kept, destructionUnproven: unproven > 0 });
    }
  }
  const last = rows.at(-1);
  return { late, next: rows.length < limit || last === undefined ? undefined : unitId(last.id) };
};
