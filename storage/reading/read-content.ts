/**
 * Opens the sealed content of records. Nothing else does: a restricted record opens for the purposes that Art. 18(2) leaves, and
 * that is on file with the reading itself (I10, I11). The calling route or activity has checked that its caller may see the class.
 */
import { sql } from 'kysely';
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import type { ReadingRefusal } from '../../domain/policy/reading-purpose.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { type RecordStatement, readStatements } from '../execution/statements.ts';
import { openContent, type RecordContent } from '../records/record-content.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { admitReading, type Reading } from './admit-reading.ts';

/** The transaction that puts the reading on file and reads, and the keys that open what it reads. */
export type ReadContentDeps = { readonly tx: DatabaseTransaction; readonly sealing: Sealing };

/** What a reading of one record came to. */
export type ContentReading =
  | {
      readonly outcome: 'read';
      readonly content: RecordContent;
      /** What stands beside it (Art. 16): shown wherever the content is. */
      readonly statements: readonly RecordStatement[];
    }
  | { readonly outcome: 'refused'; readonly why: ReadingRefusal }
  /** No record of this controller has the id (any more). */
  | { readonly outcome: 'gone' };

/** Which records are to be opened, for which purpose and by whom. */
export type ReadContentsInput = {
  readonly controller: ControllerId;
  readonly recordIds: readonly RecordId[];
  readonly reading: Reading;
};

/**
 * The contents of some records, a few hundred at a time, in any order; every id is in the answer. Throws a `SealingError` if one
 * was tampered with.
 */
export const readContents = async (
  { tx, sealing }: ReadContentDeps,
  { controller, recordIds, reading }: ReadContentsInput,
): Promise<ReadonlyMap<RecordId, ContentReading>> => {
  const refused = await admitReading(tx, { controller, recordIds, reading });
  const free = recordIds.filter((id) => !refused.has(id));
  const rows =
    free.length === 0
      ? []
      : await tx
          .selectFrom('record')
          .select(['id', 'sealed_content'])
          .where('id', '=', sql<RecordId>`ANY(${free}::uuid[])`)
          .where('controller', '=', controller)
          .execute();
  const sealed = new Map(rows.map(({ id, sealed_content }) => [id, sealed_content]));
  const statements = await readStatements(
    { db: tx, sealing },
    free.filter((id) => sealed.has(id)),
  );
  return new Map(
    recordIds.map((id): [RecordId, ContentReading] => {
      const why = refused.get(id);
      if (why !== undefined) return [id, { outcome: 'refused', why }];
      const document = sealed.get(id);
      return [
        id,
        document === undefined
          ? { outcome: 'gone' }
          : {
              outcome: 'read',
              content: openContent(sealing, id, document),
              statements: statements.get(id) ?? [],
            },
      ];
    }),
  );
};

/** The content of one record. */
export const readContent = async (
  deps: ReadContentDeps,
  { recordId, ...input }: Omit<ReadContentsInput, 'recordIds'> & { readonly recordId: RecordId },
): Promise<ContentReading> =>
  (await readContents(deps, { ...input, recordIds: [recordId] })).get(recordId) ?? { outcome: 'gone' };
