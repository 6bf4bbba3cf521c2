/** Reads back that nothing is left, by new statements and new listings: a certificate is written from this and nothing else (I6). */
import { sql } from 'kysely';
import type { ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';
import { inParallel } from '../database/in-parallel.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { caseTables } from './case-tables.ts';
import { destroyObjects, type FailedByRecord } from './destroy-objects.ts';
import { recordTables } from './destroy-rows.ts';
import type { DestroyingStore } from './destroying-store.ts';
import { findVersions } from './find-versions.ts';
import type { IntentItems } from './intents.ts';

/** The records whose absence is to be proven in Postgres. */
export type ReadBackRowsInput = {
  readonly recordIds: readonly RecordId[];
  /** Whether they are case files: then nothing of their cases may be left either. */
  readonly caseFiles: boolean;
};

/** The records of which any table still has a row, asked in one new statement. */
export const readBackRows = async (
  db: Database,
  { recordIds, caseFiles }: ReadBackRowsInput,
): Promise<readonly RecordId[]> => {
  // What belongs to a case through another table cannot be there without its row in that one: a foreign key.
  const ofTheirCases = caseFiles ? caseTables.filter(({ through }) => through === undefined) : [];
  const left = [...recordTables, ...ofTheirCases].map(
    ({ table, column }) =>
      sql`SELECT ${sql.ref(column)} AS id FROM ${sql.table(table)} WHERE ${sql.ref(column)} = ANY(ARRAY(SELECT id FROM asked))`,
  );
  const { rows } = await sql<{ id: RecordId }>`
    WITH asked AS (SELECT unnest(${recordIds}::uuid[]) AS id)
    SELECT DISTINCT id::text FROM (${sql.join(left, sql` UNION ALL `)}) AS left_behind`.execute(db);
  return rows.map(({ id }) => id);
};

/** The records whose absence is to be proven in the store: versions, delete markers and parts of uploads. */
export type ReadBackObjectsInput = {
  readonly store: ObjectStore;
  readonly destroyingStore: DestroyingStore;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly recordIds: readonly RecordId[];
  readonly uploadKeys: IntentItems['uploadKeys'];
};

/** Rounds of destroying what reached the store while the records were being destroyed. */
const rounds = 3;

/**
 * The records of which the store still lists something. An upload may have ended after the objects were destroyed, so what is
 * found is destroyed and looked for again, a few times; what is there even then has failed.
 */
export const readBackObjects = async (input: ReadBackObjectsInput): Promise<FailedByRecord> => {
  const { store, destroyingStore } = input;
  for (let round = 1; ; round += 1) {
    const found = await findVersions(store, input);
    const unfinished = new Set<RecordId>();
    await inParallel(4, input.uploadKeys, async ({ recordId, key }) => {
      if ((await store.listUnfinishedUploads(key)).length > 0) unfinished.add(recordId);
    });
    if (found.size === 0 && unfinished.size === 0) return new Map();
    if (round > rounds) {
      return new Map([...found.keys(), ...unfinished].map((recordId) => [recordId, 'StillThere']));
    }
    const uploadKeys = input.uploadKeys.filter(({ recordId }) => unfinished.has(recordId));
    const refused = await destroyObjects({ store, destroyingStore, found, uploadKeys, halfway: async () => undefined });
    if (refused.size > 0) return refused;
  }
};
