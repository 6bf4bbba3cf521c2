/** Whether the ledger of destruction is whole: each certified intent has its certificate, each certificate counts what it should. */
import { sql } from 'kysely';
import { type Finding, namedFindings } from '../../domain/sweep-report.ts';
import { hours } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

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
