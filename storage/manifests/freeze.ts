/**
 * Freezing: one transaction on one snapshot makes the manifest what it stays. Frozen means: every record of the person that was
 * committed when this transaction began is in it, also those that came in behind the walk; every one that was past the point of no
 * return then is listed as such; what comes in later is not in it, and needs another search. What keeps a record back is as the walk
 * saw it; the gate looks again before it destroys anything.
 */
import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { RecordClassId, RecordId } from '../../domain/ids.ts';
import type { ManifestClass, ManifestSummary } from '../../domain/request/course/decision.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { type CollectDeps, collectRecords } from './collect-records.ts';
import {
  type FrozenRecord,
  type ManifestPart,
  readManifestErased,
  readManifestHead,
  streamManifest,
} from './read-manifest.ts';
import { type SearchTerms, sharedContacts } from './search-terms.ts';

/** The walked search that is to be frozen, and the classes that it names as searched. */
export type FreezeInput = {
  readonly manifestId: string;
  readonly terms: SearchTerms;
  /** Classes of the policy in force: each is a place that was searched, also where nothing was found. */
  readonly searched: readonly RecordClassId[];
  readonly pageSize: number;
  readonly now: Instant;
  /** Says that the work goes on. */
  readonly onProgress: () => void;
};

/** Records that carry a key and are in the manifest neither as held nor as gone: what came in behind the walk. */
const missedOfKey = async (
  tx: DatabaseTransaction,
  input: {
    readonly manifestId: string;
    readonly key: Buffer;
    readonly after: RecordId | undefined;
    readonly limit: number;
  },
): Promise<readonly RecordId[]> => {
  const { manifestId, key, after, limit } = input;
  const { rows } = await sql<{ record_id: RecordId }>`
    SELECT subject.record_id FROM record_subject AS subject
    WHERE subject.subject_key = ${key} ${after === undefined ? sql`` : sql`AND subject.record_id > ${after}::uuid`}
      AND NOT EXISTS (SELECT FROM manifest_record AS held WHERE held.manifest_id = ${manifestId} AND held.record_id = subject.record_id)
      AND NOT EXISTS (SELECT FROM manifest_erased AS gone WHERE gone.manifest_id = ${manifestId} AND gone.record_id = subject.record_id)
    ORDER BY subject.record_id LIMIT ${limit}`.execute(tx);
  return rows.map(({ record_id }) => record_id);
};

const collectMissed = async (tx: DatabaseTransaction, deps: CollectDeps, input: FreezeInput): Promise<void> => {
  const { manifestId, terms, pageSize, onProgress } = input;
  for (const key of terms.keys) {
    let after: RecordId | undefined;
    for (;;) {
      const ids = await missedOfKey(tx, { manifestId, key, after, limit: pageSize });
      await collectRecords(tx, deps, { manifestId, terms, ids });
      onProgress();
      after = ids.at(-1);
      if (ids.length < pageSize) break;
    }
  }
  // An object may have been stored after its record's page.
  await sql`
    INSERT INTO manifest_object (manifest_id, record_id, object_id, name, media_type, object_key, version_id, size, sha256)
    SELECT held.manifest_id, held.record_id, object.id, object.name, object.media_type, object.object_key, object.version_id,
      object.size, object.sha256
    FROM manifest_record AS held JOIN record_object AS object ON object.record_id = held.record_id AND object.state = 'stored'
    WHERE held.manifest_id = ${manifestId}
    ON CONFLICT (manifest_id, record_id, object_id) DO NOTHING`.execute(tx);
};

/** What the snapshot knows better than the walk did: contacts that turned out to be shared, records erased meanwhile. */
const correct = async (tx: DatabaseTransaction, { manifestId, terms }: FreezeInput): Promise<void> => {
  const shared = [...terms.known.shared].map((key) => Buffer.from(key, 'base64'));
  if (shared.length > 0) {
    await sql`
      UPDATE manifest_record AS held SET tie = 'unclear'
      WHERE held.manifest_id = ${manifestId} AND held.tie = 'contact' AND EXISTS (
        SELECT FROM record_subject AS subject
        WHERE subject.record_id = held.record_id AND subject.subject_key = ANY(${shared}::bytea[]))`.execute(tx);
  }
  await sql`
    WITH going AS (
      SELECT held.record_id, held.record_class, held.trigger_at, held.tie FROM manifest_record AS held
      LEFT JOIN record ON record.id = held.record_id
      LEFT JOIN erasure_item AS item ON item.record_id = held.record_id
      WHERE held.manifest_id = ${manifestId} AND (record.id IS NULL OR item.record_id IS NOT NULL)
    ), told AS (
      INSERT INTO manifest_erased (manifest_id, record_id, record_class, trigger_at, found_by)
      SELECT ${manifestId}::uuid, record_id, record_class, trigger_at, CASE tie WHEN 'named' THEN 'named' ELSE 'identifier' END
      FROM going WHERE tie <> 'unclear'
      ON CONFLICT (manifest_id, record_id) DO NOTHING
    )
    UPDATE manifest_record AS held SET tie = 'gone' FROM going
    WHERE held.manifest_id = ${manifestId} AND held.record_id = going.record_id`.execute(tx);
  // What staff named by the source's own id and was destroyed before: only its tombstone is left, which names no person.
  await sql`
    INSERT INTO manifest_erased (manifest_id, record_id, record_class, trigger_at, found_by)
    SELECT ${manifestId}::uuid, item.record_id, intent.record_class, date_trunc('milliseconds', item.trigger_at), 'named'
    FROM request_named_record AS named
    JOIN erasure_item AS item ON item.source_key = named.source_key
    JOIN erasure_intent AS intent ON intent.id = item.intent_id AND intent.controller = ${terms.controller}
    WHERE named.case_id = ${terms.caseId}
    ON CONFLICT (manifest_id, record_id) DO NOTHING`.execute(tx);
};

/** One line of the digest: everything that is said of a record, in canonical JSON. */
const lineOf = (part: ManifestPart, { recordClass, triggerAt, recordId: id, objects, ...rest }: FrozenRecord): string =>
  canonicalJson([
    part,
    recordClass,
    triggerAt,
    id,
    { ...rest, objects: objects.map(({ key: _key, ...object }) => object) },
  ]);

/**
 * SHA-256 over the manifest's lines: the person's records, then the unclear ones, each by class, trigger and id, then what is gone
 * by class and id. Two manifests with the same content have the same digest.
 */
export const digestOf = async (
  db: Database | DatabaseTransaction,
  manifestId: string,
  { batch = 1000, onProgress = () => undefined }: { readonly batch?: number; readonly onProgress?: () => void } = {},
): Promise<string> => {
  const hash: Hash = createHash('sha256');
  for (const part of ['personal', 'unclear'] as const) {
    let lines = 0;
    for await (const record of streamManifest(db, manifestId, { batch, part })) {
      hash.update(`${lineOf(part, record)}\n`);
      lines += 1;
      if (lines % batch === 0) onProgress();
    }
  }
  // Without the certificate: it may come later and belongs to the ledger.
  for (const { proof: _proof, ...erased } of await readManifestErased(db, manifestId)) {
    hash.update(`${canonicalJson(['erased', erased])}\n`);
  }
  return hash.digest('hex');
};

const classesOf = async (
  tx: DatabaseTransaction,
  { manifestId, searched }: FreezeInput,
): Promise<readonly ManifestClass[]> => {
  const { rows } = await sql<{
    record_class: RecordClassId;
    found: number;
    suspended: number;
    unclear: number;
    earliest: string | null;
    latest: string | null;
  }>`
    SELECT record_class,
      count(*) FILTER (WHERE personal) AS found,
      count(*) FILTER (WHERE personal AND suspended_by <> '{}') AS suspended,
      count(*) FILTER (WHERE tie = 'unclear') AS unclear,
      min(bound_day) FILTER (WHERE personal) AS earliest,
      max(bound_day) FILTER (WHERE personal) AS latest
    FROM (SELECT *, tie = ANY(${[...personalTies]}::text[]) AS personal FROM manifest_record WHERE manifest_id = ${manifestId}) AS held
    GROUP BY record_class`.execute(tx);
  const found = new Map(rows.map((row) => [row.record_class, row]));
  const classes = [...new Set([...searched, ...found.keys()])].sort();
  return classes.map((recordClass): ManifestClass => {
    const row = found.get(recordClass);
    return {
      recordClass,
      found: row?.found ?? 0,
      suspended: row?.suspended ?? 0,
      ...(row === undefined || row.unclear === 0 ? {} : { unclear: row.unclear }),
      ...(row?.earliest == null ? {} : { earliestBound: localDate(row.earliest) }),
      ...(row?.latest == null ? {} : { latestBound: localDate(row.latest) }),
    };
  });
};

/** Freezes a manifest whose walk is over; one that is frozen answers as it did (I9). */
export const freezeManifest = (db: Database, deps: CollectDeps, input: FreezeInput): Promise<ManifestSummary> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const { manifestId, pageSize, now, onProgress } = input;
      await tx.selectFrom('manifest').select('id').where('id', '=', manifestId).forUpdate().executeTakeFirstOrThrow();
      const before = await readManifestHead(tx, manifestId);
      if (before?.summary !== undefined) return before.summary;
      const { controller, known } = input.terms;
      const terms = { ...input.terms, known: { ...known, shared: await sharedContacts(tx, controller, known) } };
      const current = { ...input, terms };
      await collectMissed(tx, deps, current);
      await correct(tx, current);
      const digest = await digestOf(tx, manifestId, { batch: pageSize, onProgress });
      const classes = await classesOf(tx, current);
      const summary: ManifestSummary = {
        manifestId,
        frozenAt: now,
        digest,
        records: classes.reduce((sum, { found }) => sum + found, 0),
        classes,
      };
      await tx
        .updateTable('manifest')
        .set({
          state: 'frozen',
          frozen_at: toDate(now),
          digest: Buffer.from(digest, 'hex'),
          summary: JSON.stringify(summary),
        })
        .where('id', '=', manifestId)
        .execute();
      await appendAuditEntry(tx, {
        at: now,
        actor: 'oblio',
        role: 'system',
        action: 'case-searched',
        controller,
        target: { kind: 'case', id: terms.caseId },
        why: 'search',
        detail: {
          manifestId,
          digest,
          records: summary.records,
          unclear: classes.reduce((sum, { unclear = 0 }) => sum + unclear, 0),
        },
      });
      return summary;
    });
