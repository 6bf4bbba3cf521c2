/**
 * What the sweep looks for (I3): units past their bound of which something is left that no suspension keeps, and a ledger of destruction
 * that is not whole (each certified intent has its certificate, each certificate counts what it should).
 */
import { sql } from 'kysely';
import { controllerId, type UnitId, unitId } from '../../domain/ids.ts';
import { type Finding, namedFindings } from '../../domain/sweep-report.ts';
import { hours } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { keptOfUnit } from '../suspensions/match-suspensions.ts';

/** A unit past its bound. */
type LateUnit = {
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

/** What is wrong with the ledger; empty findings mean that it is whole. */
export type LedgerFaults = {
  /** Intents written long ago and not proven yet: something keeps a store from letting go. By intent. */
  readonly unprovenIntents: Finding;
  /** Certified without a certificate. By intent. */
  readonly certificatesMissing: Finding;
  /** Certificates whose count is not that of their tombstones. By certificate. */
  readonly certificatesMiscounted: Finding;
};

const longAgoMs = hours(1);

type Row = { readonly id: string; readonly total: number };

const toFinding = (rows: readonly Row[]): Finding => ({ count: rows[0]?.total ?? 0, ids: rows.map(({ id }) => id) });

/** Reads all three; each in one statement over the ledger's own indexes. */
export const readLedgerFaults = async (db: Database, { asOf }: { readonly asOf: Instant }): Promise<LedgerFaults> => {
  const unproven = await sql<Row>`
    SELECT id::text AS id, count(*) OVER () AS total FROM erasure_intent
    WHERE state = 'written' AND written_at < ${toDate(instantPlus(asOf, -longAgoMs))}
    ORDER BY id LIMIT ${namedFindings}`.execute(db);
  // An intent of which the store let nothing go is certified empty, by its continuation; it needs no certificate of its own.
  const missing = await sql<Row>`
    SELECT intent.id::text AS id, count(*) OVER () AS total FROM erasure_intent AS intent
    WHERE intent.state = 'certified'
      AND EXISTS (SELECT FROM erasure_item WHERE erasure_item.intent_id = intent.id)
      AND NOT EXISTS (SELECT FROM disposition_certificate AS certificate WHERE certificate.intent_id = intent.id)
    ORDER BY intent.id LIMIT ${namedFindings}`.execute(db);
  const miscounted = await sql<Row>`
    SELECT certificate.id::text AS id, count(*) OVER () AS total FROM disposition_certificate AS certificate
    WHERE certificate.records_gone <> (
      SELECT count(*) FROM erasure_item WHERE erasure_item.intent_id = certificate.intent_id)
    ORDER BY certificate.id LIMIT ${namedFindings}`.execute(db);
  return {
    unprovenIntents: toFinding(unproven.rows),
    certificatesMissing: toFinding(missing.rows),
    certificatesMiscounted: toFinding(miscounted.rows),
  };
};
