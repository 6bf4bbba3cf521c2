/** On what the records of a frozen manifest rest, class by class: the policy can name another basis for some records of a class. */
import { sql } from 'kysely';
import { recordClassId, recordId } from '../../domain/ids.ts';
import type { FoundBasis } from '../../domain/request/decision/propose-erasure.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import { localDate } from '../../domain/time/local-date.ts';
import type { Database } from '../database/database.ts';
import { legalBasisSchema } from './legal-bases.ts';

/** How many records a decision may name one by one. */
const mostNamedOneByOne = 1_000;

/** The bases, with the counts of what is the person's; the records themselves only where their class rests on several. */
export const readFoundBases = async (db: Database, manifestId: string): Promise<readonly FoundBasis[]> => {
  const personal = sql`manifest_id = ${manifestId} AND tie = ANY(${[...personalTies]}::text[])`;
  const { rows } = await sql<{
    record_class: string;
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
    const ids = await sql<{ record_id: string }>`
      SELECT record_id FROM manifest_record
      WHERE ${personal} AND record_class = ${record_class} AND legal_basis->>'article' = ${article}
        AND legal_basis->>'source' = ${source}
      ORDER BY record_id`.execute(db);
    return ids.rows.map(({ record_id }) => recordId(record_id));
  };
  const bases: FoundBasis[] = [];
  for (const row of rows) {
    bases.push({
      recordClass: recordClassId(row.record_class),
      legalBasis: legalBasisSchema.parse({ article: row.article, source: row.source }),
      found: row.found,
      suspended: row.suspended,
      latestBound: localDate(row.latest),
      ...(row.several && row.found <= mostNamedOneByOne ? { recordIds: await idsOf(row) } : {}),
    });
  }
  return bases;
};
