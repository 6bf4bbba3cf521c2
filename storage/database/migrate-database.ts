/**
 * Brings a database to the current schema: runs the files of `migrations/` that it has not seen, in order, forward only, all or
 * none. Needs the login of the database's owner.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FileMigrationProvider, Migrator } from 'kysely';
import type { Database } from './database.ts';

/** One file of `migrations/` and what became of it. */
export type MigrationOutcome = { readonly name: string; readonly status: 'Success' | 'Error' | 'NotExecuted' };

/** Thrown when a migration fails; the database is then as it was before. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly outcomes: readonly MigrationOutcome[];
  constructor(outcomes: readonly MigrationOutcome[], cause: unknown) {
    const failed = outcomes.find(({ status }) => status === 'Error')?.name;
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${failed ? `Migration ${failed} failed` : 'The database could not be migrated'}: ${reason}`, { cause });
    this.outcomes = outcomes;
  }
}

/** The folder of the migrations of this checkout. */
const migrationsFolder = path.join(import.meta.dirname, '..', '..', 'migrations');

/**
 * Runs what is missing and says what was run; an empty list means that the schema was current. Two callers at once are safe: the
 * second waits for the first. Throws a `MigrationError`.
 */
export const migrateDatabase = async (db: Database): Promise<readonly MigrationOutcome[]> => {
  const provider = new FileMigrationProvider({ fs, path, migrationFolder: migrationsFolder });
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest();
  const outcomes = results.map(({ migrationName, status }) => ({ name: migrationName, status }));
  if (error !== undefined) throw new MigrationError(outcomes, error);
  return outcomes;
};
