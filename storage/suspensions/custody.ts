/**
 * The custody report of a suspension: every record it covers with what proves that it is unchanged, in one snapshot of the
 * database: digests and no content, so that it shows what is stored and uses nothing of it (Art. 18(2)). The digest is over the records' lines as the report gives them, so that it can be checked with the report alone.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type ControllerId, recordId } from '../../domain/ids.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database } from '../database/database.ts';
import { restrictedRecords } from './match-suspensions.ts';
import type { Suspension } from './read-suspension.ts';
import { nextPage, type WalkPosition } from './walk-records.ts';

/** One record under custody. Keyed digests and hashes, no content and no identifier of a person. */
export type CustodyLine = {
  readonly recordId: string;
  readonly recordClass: string;
  /** The source system's own id. */
  readonly sourceId: string;
  readonly unitId: string;
  readonly triggerAt: string;
  readonly registeredAt: string;
  /** The bound of its retention period, which the suspension does not move. */
  readonly boundAt: string;
  /** Keyed digest of what the source handed in, hex. */
  readonly contentDigest: string;
  readonly objects: readonly {
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
    /** Whether the store holds it too, as last settled. */
    readonly heldByStore: boolean;
  }[];
  /** Written down for destruction before the suspension came. */
  readonly pastReturn: boolean;
  /** Processing is restricted besides (Art. 18): stored, and used for the claims of this matter only. */
  readonly restricted: boolean;
};

/** What closes a custody report: how many records, and the SHA-256 over their lines in hexadecimal. */
export type CustodySummary = { readonly records: number; readonly digest: string };

type Row = {
  readonly id: string;
  readonly record_class: string;
  readonly source_id: string;
  readonly unit_id: string;
  readonly trigger_at: Date;
  readonly registered_at: Date;
  readonly bound_at: Date;
  readonly content_digest: Buffer;
  readonly objects: CustodyLine['objects'];
  readonly past_return: boolean;
};

const readLines = async (
  db: Database,
  controller: ControllerId,
  ids: readonly string[],
): Promise<readonly CustodyLine[]> => {
  const restricted = await restrictedRecords(db, { controller, recordIds: ids.map(recordId) });
  const { rows } = await sql<Row>`
    SELECT record.id, record.record_class, record.source_id, record.unit_id, record.trigger_at, record.registered_at,
      unit.bound_at, record.content_digest,
      EXISTS (SELECT FROM erasure_item item WHERE item.record_id = record.id) AS past_return,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('name', object.name, 'size', object.size, 'sha256', encode(object.sha256, 'hex'),
          'heldByStore', coalesce(held.state = 'set', false)) ORDER BY object.name)
        FROM record_object object LEFT JOIN object_hold held ON held.object_id = object.id
        WHERE object.record_id = record.id AND object.state = 'stored'), '[]') AS objects
    FROM unnest(${[...ids]}::uuid[]) WITH ORDINALITY AS asked (id, place)
    JOIN record ON record.id = asked.id
    JOIN retention_unit unit ON unit.id = record.unit_id
    ORDER BY asked.place
  `.execute(db);
  return rows.map((row) => ({
    recordId: row.id,
    recordClass: row.record_class,
    sourceId: row.source_id,
    unitId: row.unit_id,
    triggerAt: row.trigger_at.toISOString(),
    registeredAt: row.registered_at.toISOString(),
    boundAt: row.bound_at.toISOString(),
    contentDigest: row.content_digest.toString('hex'),
    objects: row.objects,
    pastReturn: row.past_return,
    restricted: restricted.has(recordId(row.id)),
  }));
};

/** How a line enters the digest: canonical JSON and a line feed. */
export const custodyLineText = (line: CustodyLine): string => `${canonicalJson(line)}\n`;

const pageSize = 1000;

/**
 * The lines of a report, in pages, then its summary. A released suspension reports what it covered at last and still exists. Reads
 * one snapshot, in a transaction that lasts as long as the caller takes the pages.
 */
export async function* reportCustody(
  db: Database,
  suspension: Suspension,
): AsyncGenerator<readonly CustodyLine[], CustodySummary> {
  const hash = createHash('sha256');
  let records = 0;
  const transaction = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    let after: WalkPosition | undefined;
    do {
      const page = await nextPage(transaction, {
        suspensionId: suspension.id,
        which: suspension.state === 'active' ? 'in-force' : 'ended',
        limit: pageSize,
        ...(after && { after }),
      });
      const first = page.records.filter((record) => record.first).map(({ id }) => id);
      const lines = first.length === 0 ? [] : await readLines(transaction, suspension.controller, first);
      for (const line of lines) hash.update(custodyLineText(line));
      records += lines.length;
      if (lines.length > 0) yield lines;
      after = page.next;
    } while (after !== undefined);
  } finally {
    await transaction.rollback().execute();
  }
  return { records, digest: hash.digest('hex') };
}
