/**
 * Rows whose workflow must look again because something changed. The intent to tell is the row's revision itself, so that nothing is
 * forgotten while Temporal is away; telling twice changes nothing, so no row is locked while Temporal is asked.
 */
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';

/** Rows that changed, and how their workflows are told. */
export type TellChangedInput<Changed extends { readonly revision: number }> = {
  /** A table with the columns id, revision and workflow_revision. */
  readonly table: 'suspension' | 'recipient_notification';
  readonly changed: readonly Changed[];
  readonly idOf: (changed: Changed) => string;
  /** Tells the workflows, starting those that are not there; answers which of them know now. */
  readonly tell: (changed: readonly Changed[]) => Promise<readonly Changed[]>;
};

/** Has workflows told and notes up to which revision they know; how many were to be told, and how many were. */
export const tellChanged = async <Changed extends { readonly revision: number }>(
  db: Database,
  { table, changed, idOf, tell }: TellChangedInput<Changed>,
): Promise<{ readonly taken: number; readonly told: number }> => {
  if (changed.length === 0) return { taken: 0, told: 0 };
  const told = await tell(changed);
  // A revision that came meanwhile stays to be told.
  await sql`
    UPDATE ${sql.table(table)} AS row SET workflow_revision = told.revision
    FROM unnest(${told.map(idOf)}::uuid[], ${told.map(({ revision }) => revision)}::integer[]) AS told (id, revision)
    WHERE row.id = told.id AND row.workflow_revision < told.revision
  `.execute(db);
  return { taken: changed.length, told: told.length };
};
