/**
 * Whether a keys file is the one that the database was used with. With another one nothing would fail by itself: searches would find
 * no one (Art. 15), holds by identifier would cover nothing, restrictions (Art. 18) would bind nothing. So every process that loads
 * keys asks here before it does anything, and does not start with the wrong ones.
 */
import { sql } from 'kysely';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { checkValues, type OblioKeys, SealingError } from './sealing.ts';

/** A key of the file that is not the database's, by its place in the file. */
export type KeyFault = { readonly key: string; readonly what: 'differs' | 'missing' };

/** What was found; `firstSeen`: keys whose check value was written down now (a new database, or a key added by rotation). */
export type KeysConfirmed = { readonly firstSeen: readonly string[]; readonly faults: readonly KeyFault[] };

/** The keys that a process has loaded, and what is written as the time at which new ones were first seen. */
export type ConfirmKeysInput = { readonly keys: OblioKeys; readonly now: Instant };

/** One at a time, so that of two first starts with different files one writes all its values and the other sees them all. */
const takeTurn = (tx: DatabaseTransaction) =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended('oblio/key-check', 0))`.execute(tx);

/**
 * Compares the keys with the check values of the database and, if all that were used are there and the same, writes down those it
 * sees for the first time. Twice changes nothing; with a fault nothing is written. Throws only if the database cannot be asked.
 */
export const confirmKeys = (db: Database, { keys, now }: ConfirmKeysInput): Promise<KeysConfirmed> =>
  db.transaction().execute(async (tx) => {
    await takeTurn(tx);
    const given = checkValues(keys);
    const known = await tx.selectFrom('key_check').select(['key_name', 'check_value']).orderBy('key_name').execute();
    const faults = known.flatMap(({ key_name: key, check_value }): KeyFault[] => {
      const value = given.get(key);
      if (value === undefined) return [{ key, what: 'missing' }];
      return value.equals(check_value) ? [] : [{ key, what: 'differs' }];
    });
    if (faults.length > 0) return { firstSeen: [], faults };
    const names = new Set(known.map(({ key_name }) => key_name));
    const fresh = [...given].filter(([name]) => !names.has(name));
    if (fresh.length > 0) {
      await tx
        .insertInto('key_check')
        .values(fresh.map(([key_name, check_value]) => ({ key_name, check_value, first_seen_at: toDate(now) })))
        .execute();
    }
    return { firstSeen: fresh.map(([name]) => name), faults: [] };
  });

/** Says which keys are wrong and what to do; for the person who set OBLIO_KEYS_FILE. Quotes no key. */
export const wrongKeys = (file: string, faults: readonly KeyFault[]): SealingError =>
  new SealingError(
    [
      `The keys file ${file} is not the one that this database was used with:`,
      ...faults.map(({ key, what }) => `  ${key} ${what === 'differs' ? 'is another key' : 'is missing'}`),
      'With these keys people and holds would not be found, and what is sealed would not open. Set OBLIO_KEYS_FILE to the file that was',
      'in use, or restore that file from its backup. A new sealing key stands beside the old ones, under an id of its own; an old one is',
      'neither changed nor removed. Nothing was started and nothing was changed.',
    ].join('\n'),
  );
