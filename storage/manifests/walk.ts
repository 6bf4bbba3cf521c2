/**
 * The walk of a search: key by key, page by page, each page one transaction with the place it reached. A worker that is killed loses the
 * page it was on; the next one goes on from there, and two at once take turns (I9).
 */
import { sql } from 'kysely';
import type { RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { type CollectDeps, collectRecords } from './collect-records.ts';
import type { SearchTerms } from './search-terms.ts';

/** Which search, and how many records one page takes. */
export type WalkInput = { readonly manifestId: string; readonly terms: SearchTerms; readonly pageSize: number };

/** Begins a manifest; one that is there is gone on with. Answers `false` where the id belongs to another case. */
export const beginManifest = async (
  db: Database,
  { manifestId, terms, now }: Pick<WalkInput, 'manifestId' | 'terms'> & { readonly now: Instant },
): Promise<boolean> => {
  await db
    .insertInto('manifest')
    .values({
      id: manifestId,
      case_id: terms.caseId,
      controller: terms.controller,
      started_at: toDate(now),
      walked_key: null,
      walked_record: null,
      frozen_at: null,
      digest: null,
      summary: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const row = await db.selectFrom('manifest').select('case_id').where('id', '=', manifestId).executeTakeFirstOrThrow();
  return row.case_id === terms.caseId;
};

/** Ids of the records that carry a key, by id. */
const recordsOfKey = async (
  tx: DatabaseTransaction,
  { key, after, limit }: { readonly key: Buffer; readonly after: string | null; readonly limit: number },
): Promise<readonly RecordId[]> => {
  const { rows } = await sql<{ record_id: RecordId }>`
    SELECT record_id FROM record_subject
    WHERE subject_key = ${key} ${after === null ? sql`` : sql`AND record_id > ${after}::uuid`}
    ORDER BY record_id LIMIT ${limit}`.execute(tx);
  return rows.map(({ record_id }) => record_id);
};

/** Whether the walk is over, and how many records this page looked at. */
export type WalkStep = { readonly finished: boolean; readonly looked: number };

/** Takes the next page in. */
export const walkPage = (
  db: Database,
  deps: CollectDeps,
  { manifestId, terms, pageSize }: WalkInput,
): Promise<WalkStep> =>
  db.transaction().execute(async (tx): Promise<WalkStep> => {
    const place = await tx
      .selectFrom('manifest')
      .select(['state', 'walked', 'walked_key', 'walked_record'])
      .where('id', '=', manifestId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (place.state === 'frozen' || place.walked) return { finished: true, looked: 0 };
    const reached = place.walked_key;
    const at = reached === null ? 0 : terms.keys.findIndex((key) => key.compare(reached) >= 0);
    const key = at === -1 ? undefined : terms.keys[at];
    if (key === undefined) {
      // Named ones need not carry any of the person's identifiers.
      const named = [...terms.named];
      for (let from = 0; from < named.length; from += pageSize) {
        await collectRecords(tx, deps, { manifestId, terms, ids: named.slice(from, from + pageSize) });
      }
      await tx.updateTable('manifest').set({ walked: true }).where('id', '=', manifestId).execute();
      return { finished: true, looked: named.length };
    }
    const after = reached?.equals(key) === true ? place.walked_record : null;
    const ids = await recordsOfKey(tx, { key, after, limit: pageSize });
    await collectRecords(tx, deps, { manifestId, terms, ids });
    const last = ids.length < pageSize;
    // The end of a key is the beginning of the next: the key itself with no record to come.
    const next = last ? terms.keys[at + 1] : key;
    await tx
      .updateTable('manifest')
      .set(
        next === undefined
          ? { walked_key: Buffer.concat([key, Buffer.from([0])]), walked_record: null }
          : { walked_key: next, walked_record: last ? null : (ids.at(-1) ?? null) },
      )
      .where('id', '=', manifestId)
      .execute();
    return { finished: false, looked: ids.length };
  });
