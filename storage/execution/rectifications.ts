/** Before and after of rectified records, sealed in the case file: what letters say and recipients are notified of (Arts. 16, 19). */
import { z } from 'zod';
import { type UnitId, unitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import type { Database } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';

/** `corrected`: the record says it now. `attached`: a statement stands beside the record. `record-gone`: it was being erased. */
export type RectificationKind = 'corrected' | 'attached' | 'record-gone';

/** Which change of which decision: repeating it is recognised by this (I9). */
export type RectificationKey = { readonly caseId: string; readonly decidedAt: Instant; readonly position: number };

const changeSchema = z.object({
  what: z.string(),
  before: z.string(),
  after: z.string(),
  /** The day it was done, at the controller's seat. */
  on: z.string().transform((text) => localDate(text)),
});

/** A change as it was carried out. */
export type RectifiedChange = {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly on: LocalDate;
};

const placeOf = ({ caseId, decidedAt, position }: RectificationKey): string =>
  `case-rectification/${caseId}/${decidedAt}/${position}`;

/** Seals a change so that it opens in its place only. */
export const sealChange = (sealing: Sealing, key: RectificationKey, change: RectifiedChange): Buffer =>
  sealing.seal(Buffer.from(JSON.stringify(change), 'utf8'), placeOf(key));

/** A rectified record, with before and after; `attached` where the record stays as it was and a statement stands beside it. */
export type RectifiedRecord = RectifiedChange & { readonly recordId: string; readonly attached: boolean };

/** What was rectified under a case, in the order of its decisions; what could not be because the record was going is not in it. */
export const readRectified = async (
  db: Database,
  sealing: Sealing,
  caseId: string,
): Promise<readonly RectifiedRecord[]> => {
  const rows = await db
    .selectFrom('request_rectification')
    .select(['decided_at', 'position', 'record_id', 'kind', 'sealed_change'])
    .where('case_id', '=', caseId)
    .where('kind', '<>', 'record-gone')
    .orderBy('decided_at')
    .orderBy('position')
    .execute();
  return rows.map((row) => {
    const place = placeOf({ caseId, decidedAt: fromDate(row.decided_at), position: row.position });
    const change = changeSchema.parse(JSON.parse(sealing.open(row.sealed_change, place).toString('utf8')));
    return { ...change, recordId: row.record_id, attached: row.kind === 'attached' };
  });
};

/** What a decision's rectifications came to, by counts, and the units whose workflows must look again. */
export const readRectificationOutcome = async (
  db: Database,
  { caseId, decidedAt }: Omit<RectificationKey, 'position'>,
): Promise<{ readonly records: readonly string[]; readonly unitsToSignal: readonly UnitId[] }> => {
  const rows = await db
    .selectFrom('request_rectification')
    .select(['record_id', 'unit_to_wake', 'kind'])
    .where('case_id', '=', caseId)
    .where('decided_at', '=', toDate(decidedAt))
    .execute();
  return {
    records: [...new Set(rows.filter(({ kind }) => kind !== 'record-gone').map(({ record_id }) => record_id))],
    unitsToSignal: [
      ...new Set(rows.flatMap(({ unit_to_wake }) => (unit_to_wake === null ? [] : [unitId(unit_to_wake)]))),
    ],
  };
};
