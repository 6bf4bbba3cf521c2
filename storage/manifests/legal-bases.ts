/**
 * On which legal basis records are held (Art. 6(1)): what the policy version that dated a record says of its class, or of the value
 * that one of its coded fields has; and on what the records of a frozen manifest rest, class by class.
 */

import { sql } from 'kysely';
import { z } from 'zod';
import { given } from '../../domain/given.ts';
import type { ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { LegalBasis } from '../../domain/policy/policy.ts';
import type { FoundBasis } from '../../domain/request/decision/propose-erasure.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import { localDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { legalBasisSchema, readPolicyDocument } from '../policies/policies.ts';
import type { RecordContent } from '../records/record-content.ts';

const document = z.object({
  recordClasses: z.array(
    z.object({
      id: z.string(),
      legalBasis: legalBasisSchema,
      legalBasisByField: z.object({ field: z.string(), bases: z.record(z.string(), legalBasisSchema) }).optional(),
    }),
  ),
});

/** What a policy version says about the basis of a class. */
export type ClassBasis = {
  readonly legalBasis: LegalBasis;
  readonly byField?: { readonly field: string; readonly bases: Readonly<Record<string, LegalBasis>> };
};

/** The basis of a record; `fields` are asked for only where one of them decides. */
export const basisOf = ({ legalBasis: usual, byField }: ClassBasis, fields: RecordContent['fields']): LegalBasis => {
  const value = byField === undefined ? undefined : fields[byField.field];
  return typeof value === 'string' && byField !== undefined && Object.hasOwn(byField.bases, value)
    ? (byField.bases[value] ?? usual)
    : usual;
};

/** Looks bases up; each policy version is read once. Throws where a record names a version or class that is not stored. */
export const basisLookup = (controller: ControllerId) => {
  const versions = new Map<number, ReadonlyMap<string, ClassBasis>>();
  return async (
    db: Database | DatabaseTransaction,
    version: number,
    recordClass: RecordClassId,
  ): Promise<ClassBasis> => {
    let classes = versions.get(version);
    if (classes === undefined) {
      classes = new Map(
        document
          .parse(await readPolicyDocument(db, { controller, version }))
          .recordClasses.map(({ id, legalBasis: usual, legalBasisByField: byField }) => [
            id,
            { legalBasis: usual, ...given({ byField }) },
          ]),
      );
      versions.set(version, classes);
    }
    const found = classes.get(recordClass);
    if (found === undefined) throw new RangeError(`Policy version ${version} has no record class ${recordClass}`);
    return found;
  };
};

/** How many records a decision may name one by one. */
const mostNamedOneByOne = 1_000;

/** The bases, with the counts of what is the person's; the records themselves only where their class rests on several. */
export const readFoundBases = async (db: Database, manifestId: string): Promise<readonly FoundBasis[]> => {
  const personal = sql`manifest_id = ${manifestId} AND tie = ANY(${[...personalTies]}::text[])`;
  const { rows } = await sql<{
    record_class: RecordClassId;
    article: string;
    source: string;
    found: number;
    suspended: number;
    latest: string;
    several: boolean;
  }>`
    SELECT record_class, legal_basis->>'article' AS article, legal_basis->>'source' AS source,
      count(*)::int AS found, (count(*) FILTER (WHERE suspended_by <> '{}'))::int AS suspended,
      max(bound_day)::text AS latest, count(*) OVER (PARTITION BY record_class) > 1 AS several
    FROM manifest_record WHERE ${personal}
    GROUP BY record_class, 2, 3 ORDER BY record_class, 2, 3`.execute(db);
  const idsOf = async ({ record_class, article, source }: (typeof rows)[number]) => {
    const ids = await sql<{ record_id: RecordId }>`
      SELECT record_id FROM manifest_record
      WHERE ${personal} AND record_class = ${record_class} AND legal_basis->>'article' = ${article}
        AND legal_basis->>'source' = ${source}
      ORDER BY record_id`.execute(db);
    return ids.rows.map(({ record_id }) => record_id);
  };
  const bases: FoundBasis[] = [];
  for (const row of rows) {
    bases.push({
      recordClass: row.record_class,
      legalBasis: legalBasisSchema.parse({ article: row.article, source: row.source }),
      found: row.found,
      suspended: row.suspended,
      latestBound: localDate(row.latest),
      ...(row.several && row.found <= mostNamedOneByOne ? { recordIds: await idsOf(row) } : {}),
    });
  }
  return bases;
};
