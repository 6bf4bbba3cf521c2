/**
 * What a scope names that cannot be kept any more: records whose destruction was written down before (an intent), and, as far as
 * that can still be known without their content, records that were destroyed and certified. One statement, so one moment; its cost
 * depends on what is in flight and on a bounded list of certificates, never on how many records the scope covers.
 */
import { sql } from 'kysely';
import {
  type CertificateId,
  type ControllerId,
  certificateId,
  type IntentId,
  intentId,
  type RecordClassId,
  recordClassId,
} from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { KeyedScope } from './clause-rows.ts';
import { clauseTable, covers, type RecordColumns } from './covering.ts';

/** Records of the scope inside one written intent: they are being destroyed, and nothing can stop it. */
export type BeingErased = {
  readonly intent: IntentId;
  readonly recordClass: RecordClassId;
  /** The point of no return: when the intent was written. */
  readonly since: Instant;
  readonly records: number;
};

/** Records of the scope that a certificate proves gone. */
export type ErasedBefore = {
  readonly certificate: CertificateId;
  readonly recordClass: RecordClassId;
  readonly certifiedAt: Instant;
  readonly records: number;
};

/** What of a scope comes too late, definitely and with its time (I4). */
export type PastPointOfNoReturn = {
  readonly beingErased: readonly BeingErased[];
  /** At most `certificateLimit`. Records that only a data subject or an attribute would find are not here: nothing of them is left. */
  readonly erasedBefore: readonly ErasedBefore[];
  /** Whether more certificates than these belong to the scope. */
  readonly moreCertificates: boolean;
};

/** The most certificates an answer lists. */
const certificateLimit = 200;

/** Records of an intent are there until its rows go; of a certificate's records only ids, class and triggers are left. */
const beingErasedItem: RecordColumns = {
  id: sql`item.record_id`,
  controller: sql`intent.controller`,
  recordClass: sql`intent.record_class`,
  triggerAt: sql`item.trigger_at`,
  identifiers: 'stored',
};
const erasedItem: RecordColumns = {
  ...beingErasedItem,
  controller: sql`certificate.controller`,
  recordClass: sql`certificate.record_class`,
  identifiers: 'gone',
};

type Row = {
  readonly kind: 'being-erased' | 'erased-before';
  readonly id: string;
  readonly record_class: string;
  readonly at: Date;
  readonly records: number;
};

/**
 * Reads what is past the point of no return in a scope. Inside a transaction that holds the fence exclusively the answer is exact
 * and stays so: no intent can come between it and the commit.
 */
export const readPastPointOfNoReturn = async (
  db: Database,
  { controller, scope }: { readonly controller: ControllerId; readonly scope: KeyedScope },
): Promise<PastPointOfNoReturn> => {
  const { rows } = await sql<Row>`
    WITH clause AS MATERIALIZED (SELECT * FROM ${clauseTable(controller, scope)}),
    being_erased AS (
      SELECT intent.id, intent.record_class, intent.written_at AS at, count(*)::int AS records
      FROM erasure_intent intent
      JOIN erasure_item item ON item.intent_id = intent.id
      WHERE intent.controller = ${controller} AND intent.state = 'written' AND EXISTS (
        SELECT FROM clause WHERE ${covers(beingErasedItem)})
      GROUP BY intent.id
    ),
    by_record AS (
      -- Two clauses may name one record, which was erased once.
      SELECT certificate.id, count(DISTINCT item.record_id)::int AS records
      FROM clause
      JOIN erasure_item item ON item.record_id = clause.record_id
      JOIN disposition_certificate certificate ON certificate.intent_id = item.intent_id
      WHERE certificate.controller = ${controller} AND ${covers(erasedItem)}
      GROUP BY certificate.id
      LIMIT ${certificateLimit + 1}
    ),
    by_class AS (
      SELECT certificate.id,
        bool_or(tstzrange(clause.trigger_from, clause.trigger_until) @> certificate.triggers) AS whole
      FROM clause
      CROSS JOIN LATERAL (
        SELECT inner_certificate.id, inner_certificate.triggers
        FROM disposition_certificate inner_certificate
        WHERE inner_certificate.controller = ${controller}
          AND inner_certificate.record_class = clause.record_class
          AND inner_certificate.triggers && tstzrange(clause.trigger_from, clause.trigger_until)
        LIMIT ${certificateLimit + 1}
      ) certificate
      WHERE clause.record_id IS NULL AND clause.subject_key IS NULL AND clause.attribute_key IS NULL
      GROUP BY certificate.id
      LIMIT ${certificateLimit + 1}
    ),
    by_class_counted AS (
      SELECT certificate.id,
        CASE WHEN by_class.whole THEN certificate.records_gone ELSE (
          SELECT count(*)::int FROM erasure_item item
          WHERE item.intent_id = certificate.intent_id AND EXISTS (SELECT FROM clause WHERE ${covers(erasedItem)})
        ) END AS records
      FROM by_class JOIN disposition_certificate certificate ON certificate.id = by_class.id
    ),
    certified AS (
      -- A certificate found both ways: what the class finds contains what the record does.
      SELECT id, max(records) AS records FROM (SELECT * FROM by_record UNION ALL SELECT * FROM by_class_counted) found GROUP BY id
    )
    SELECT 'being-erased' AS kind, id, record_class, at, records FROM being_erased
    UNION ALL
    SELECT 'erased-before', certificate.id, certificate.record_class, certificate.issued_at, certified.records
    FROM certified JOIN disposition_certificate certificate ON certificate.id = certified.id
    WHERE certified.records > 0
    ORDER BY kind, at, id
  `.execute(db);
  const instantOf = (at: Date): Instant => instantFromEpoch(at.getTime());
  const certified = rows.filter(({ kind }) => kind === 'erased-before');
  return {
    beingErased: rows
      .filter(({ kind }) => kind === 'being-erased')
      .map(({ id, record_class, at, records }) => ({
        intent: intentId(id),
        recordClass: recordClassId(record_class),
        since: instantOf(at),
        records,
      })),
    erasedBefore: certified.slice(0, certificateLimit).map(({ id, record_class, at, records }) => ({
      certificate: certificateId(id),
      recordClass: recordClassId(record_class),
      certifiedAt: instantOf(at),
      records,
    })),
    moreCertificates: certified.length > certificateLimit,
  };
};
