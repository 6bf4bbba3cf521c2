/** Reads a retention unit for its workflow: the dates it waits for, whether it is closed, and what keeps a single record. */
import type { UnitId } from '../../domain/ids.ts';
import type { Database } from '../../storage/database/database.ts';
import { keptOfUnit } from '../../storage/suspensions/match-suspensions.ts';
import { readUnit as readUnitRow, readUnitTotals } from '../../storage/units/units.ts';
import type { UnitSnapshot } from '../../workflows/retention/contract.ts';
import { failureOf } from '../failures.ts';
import { keptBy } from './kept-by.ts';

/** The unit as it is now. Fails with `unit-unknown`, which is not retried, if there is none. */
export const readUnit = async (
  { db }: { readonly db: Database },
  { unitId }: { readonly unitId: UnitId },
): Promise<UnitSnapshot> => {
  const unit = await readUnitRow(db, unitId);
  if (unit === undefined) throw failureOf('unit-unknown');
  const { controller, recordClass, unitSize, state, opensAt, dueAt, boundAt } = unit;
  const showsKeeper = unitSize === 'record' && state === 'open';
  return {
    unitId,
    controller,
    recordClass,
    unitSize,
    state,
    opensAt,
    dueAt,
    boundAt,
    ...(state === 'closed' ? { totals: await readUnitTotals(db, unitId) } : {}),
    keptBy: showsKeeper ? keptBy(await keptOfUnit(db, { controller, unitId })) : [],
  };
};
