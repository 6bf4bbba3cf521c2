/** I5 in the database: what each login may do to each table, as a table; only the gate may delete, and only records. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseTables } from '../../storage/erasure-gate/case-tables.ts';
import { recordTables } from '../../storage/erasure-gate/destroy-rows.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'privileges' });
});
afterAll(() => world.close());

const parts = ['api', 'worker', 'gate'] as const;
const verbs = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;

type Granted = { readonly part: string; readonly table: string; readonly verb: string };

/** Every right over every table, views and future tables included, as the database itself sees it for the logins. */
const granted = async (): Promise<readonly Granted[]> => {
  const { rows } = await sql<Granted>`
    SELECT part, class.relname AS table, verb
    FROM unnest(${[...parts]}::text[]) AS part
    CROSS JOIN unnest(${[...verbs]}::text[]) AS verb
    CROSS JOIN pg_class AS class
    WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm')
      AND (has_table_privilege('oblio_' || part || '_login', class.oid, verb)
        OR (verb IN ('INSERT', 'UPDATE') AND has_any_column_privilege('oblio_' || part || '_login', class.oid, verb)))
    ORDER BY 1, 2, 3`.execute(world.superuser());
  return rows;
};

const tablesWhere = (rows: readonly Granted[], part: string, verb: string): readonly string[] =>
  rows
    .filter((row) => row.part === part && row.verb === verb)
    .map(({ table }) => table)
    .sort();

const emptied = [...recordTables, ...caseTables];

describe('who may remove rows', () => {
  test('the gate may delete the tables that hold something of a record or of a case file, and no other', async () => {
    expect(tablesWhere(await granted(), 'gate', 'DELETE')).toEqual(emptied.map(({ table }) => table).sort());
  });

  test.each(['api', 'worker'])('the %s may delete nothing', async (part) => {
    expect(tablesWhere(await granted(), part, 'DELETE')).toEqual([]);
  });

  test.each(parts)('the %s may truncate nothing', async (part) => {
    expect(tablesWhere(await granted(), part, 'TRUNCATE')).toEqual([]);
  });

  const attempts = parts.flatMap((part) => emptied.map(({ table }) => ({ part, table })));
  test.each(attempts)('$part deleting from $table', async ({ part, table }) => {
    const attempt = sql`DELETE FROM ${sql.table(table)} WHERE FALSE`.execute(world.database(part));
    if (part === 'gate') await expect(attempt).resolves.toBeDefined();
    else await expect(attempt).rejects.toThrow(/permission denied/);
  });
});

describe('who may write the ledger', () => {
  const ledger = ['disposition_certificate', 'erasure_intent', 'erasure_item'];

  test('only the gate writes intents, tombstones and certificates', async () => {
    const rows = await granted();
    for (const part of ['api', 'worker']) {
      expect(tablesWhere(rows, part, 'INSERT').filter((table) => ledger.includes(table))).toEqual([]);
      expect(tablesWhere(rows, part, 'UPDATE').filter((table) => ledger.includes(table))).toEqual([]);
    }
    expect(tablesWhere(rows, 'gate', 'INSERT')).toEqual(expect.arrayContaining(ledger));
    expect(tablesWhere(rows, 'gate', 'UPDATE')).not.toContain('disposition_certificate');
  });

  test('nobody changes what the audit trail says', async () => {
    const rows = await granted();
    for (const part of parts) {
      expect(tablesWhere(rows, part, 'UPDATE').filter((table) => table.startsWith('audit_'))).toEqual([]);
    }
  });
});

describe('who may write down what was decided and refused', () => {
  const table: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
    ['request_execution', { worker: ['INSERT', 'UPDATE'], gate: ['DELETE'] }],
    ['request_rectification', { worker: ['INSERT'], gate: ['DELETE'] }],
    ['record_statement', { worker: ['INSERT'], gate: ['DELETE'] }],
    // A refusal outlives everything: nobody takes it away; staff write down until when it bound.
    // The worker dates it anew when the receipt from which it binds is put right.
    ['opt_out', { api: ['UPDATE'], worker: ['INSERT', 'UPDATE'] }],
  ];
  test.each(table)('%s', async (name, expected) => {
    const rows = (await granted()).filter((row) => row.table === name);
    for (const part of parts) {
      expect(rows.filter((row) => row.part === part).map(({ verb }) => verb)).toEqual(expected[part] ?? []);
    }
  });
});

describe('who may write the files of letters, their sendings and links', () => {
  const table: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
    // A file that is there is never changed.
    ['letter_file', { api: ['INSERT'], worker: ['INSERT'], gate: ['DELETE'] }],
    ['letter_file_part', { api: ['INSERT'], worker: ['INSERT'], gate: ['DELETE'] }],
    // Only who sends says what became of it.
    ['letter_delivery', { worker: ['INSERT', 'UPDATE'], gate: ['DELETE'] }],
    ['delivery_link', { api: ['INSERT', 'UPDATE'], worker: ['INSERT', 'UPDATE'], gate: ['DELETE'] }],
    // A use is counted, never taken back.
    ['delivery_link_use', { api: ['INSERT'], gate: ['DELETE'] }],
  ];
  test.each(table)('%s', async (name, expected) => {
    const rows = (await granted()).filter((row) => row.table === name);
    for (const part of parts) {
      expect(rows.filter((row) => row.part === part).map(({ verb }) => verb)).toEqual(expected[part] ?? []);
    }
  });

  test('a link can be locked, unlocked and revoked, but neither moved to another case nor prolonged', async () => {
    const { rows } = await sql<{ grantee: string; column: string }>`
      SELECT grantee, column_name AS column FROM information_schema.column_privileges
      WHERE privilege_type = 'UPDATE' AND table_name = 'delivery_link' AND grantee IN ('oblio_api', 'oblio_worker')
      ORDER BY 1, 2`.execute(world.superuser());
    expect(rows.map(({ grantee, column }) => `${grantee} ${column}`)).toEqual([
      'oblio_api code_key',
      'oblio_api failures',
      'oblio_api revoked_at',
      'oblio_worker revoked_at',
    ]);
  });
});

describe('who may write notices of holds', () => {
  const table: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
    // A notice that is there is never changed, nor a number given twice.
    ['hold_notice', { api: ['INSERT'], gate: ['DELETE'] }],
    ['hold_notice_delivery', { api: ['INSERT'], gate: ['DELETE'] }],
    ['protocol_register', { api: ['INSERT', 'UPDATE'], worker: ['INSERT', 'UPDATE'] }],
    ['protocol_entry', { api: ['INSERT', 'UPDATE'], worker: ['INSERT', 'UPDATE'] }],
  ];
  test.each(table)('%s', async (name, expected) => {
    const rows = (await granted()).filter((row) => row.table === name);
    for (const part of parts) {
      expect(rows.filter((row) => row.part === part).map(({ verb }) => verb)).toEqual(expected[part] ?? []);
    }
  });
});

describe('who may write down who was told (Art. 19)', () => {
  const table: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
    ['recipient_reference', { worker: ['INSERT', 'UPDATE'], gate: ['DELETE'] }],
    ['recipient_notice', { worker: ['INSERT'], gate: ['DELETE'] }],
    ['recipient_notice_record', { worker: ['INSERT'], gate: ['DELETE'] }],
    // The machine notes what it delivered, people what they did.
    ['recipient_notification', { api: ['UPDATE'], worker: ['INSERT', 'UPDATE'], gate: ['DELETE'] }],
    ['recipient_command', { api: ['INSERT'], gate: ['DELETE'] }],
  ];
  test.each(table)('%s', async (name, expected) => {
    const rows = (await granted()).filter((row) => row.table === name);
    for (const part of parts) {
      expect(rows.filter((row) => row.part === part).map(({ verb }) => verb)).toEqual(expected[part] ?? []);
    }
  });

  test('the worker cannot say that a person recorded or acknowledged something', async () => {
    const { rows } = await sql<{ column: string }>`
      SELECT column_name AS column FROM information_schema.column_privileges
      WHERE privilege_type = 'UPDATE' AND table_name = 'recipient_notification' AND grantee = 'oblio_worker'`.execute(
      world.superuser(),
    );
    const columns = rows.map(({ column }) => column);
    expect(columns).toContain('told_at');
    for (const column of ['acknowledged_at', 'acknowledged_by', 'recorded_by', 'sealed_words']) {
      expect(columns).not.toContain(column);
    }
  });
});

describe('who may write what a search found (I8)', () => {
  const manifests = ['manifest', 'manifest_record', 'manifest_object', 'manifest_erased'];

  test('only the worker adds to manifests, and changes only how a search stands and whose a record is', async () => {
    const rows = await granted();
    for (const part of ['api', 'gate']) {
      for (const verb of ['INSERT', 'UPDATE']) {
        expect(tablesWhere(rows, part, verb).filter((table) => manifests.includes(table))).toEqual([]);
      }
    }
    expect(tablesWhere(rows, 'worker', 'INSERT')).toEqual(expect.arrayContaining(manifests));
    const columns = await sql<{ table: string; column: string }>`
      SELECT table_name AS table, column_name AS column FROM information_schema.column_privileges
      WHERE grantee = 'oblio_worker' AND privilege_type = 'UPDATE' AND table_name = ANY(${manifests}::text[])
      ORDER BY 1, 2`.execute(world.superuser());
    expect(columns.rows.map(({ table, column }) => `${table}.${column}`)).toEqual([
      'manifest.digest',
      'manifest.frozen_at',
      'manifest.state',
      'manifest.summary',
      'manifest.walked',
      'manifest.walked_key',
      'manifest.walked_record',
      'manifest_record.tie',
    ]);
  });

  test('only the API writes down what staff name, and nobody changes it', async () => {
    const rows = await granted();
    const who = (verb: string) =>
      parts.filter((part) => tablesWhere(rows, part, verb).includes('request_named_record'));
    expect(who('INSERT')).toEqual(['api']);
    expect(who('UPDATE')).toEqual([]);
  });
});

describe('who may write down which keys the database was used with', () => {
  test('API and worker add a key; nobody changes or removes one', async () => {
    const rows = (await granted()).filter(({ table }) => table === 'key_check');
    expect(rows.map(({ part, verb }) => `${part} ${verb}`)).toEqual(['api INSERT', 'worker INSERT']);
  });
});

describe('what nobody has', () => {
  test.each(parts)('the %s is no owner, no superuser, and cannot change the schema', async (part) => {
    const { rows } = await sql<{
      rolsuper: boolean;
      rolcreaterole: boolean;
      rolcreatedb: boolean;
      rolbypassrls: boolean;
    }>`
      SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = ${`oblio_${part}_login`}`.execute(
      world.superuser(),
    );
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false }]);
    const db = world.database(part);
    await expect(sql`CREATE TABLE mine (id integer)`.execute(db)).rejects.toThrow(/permission denied/);
    await expect(sql`ALTER TABLE audit_entry DISABLE TRIGGER ALL`.execute(db)).rejects.toThrow(
      /must be owner|permission denied/,
    );
    await expect(sql`DROP TABLE record`.execute(db)).rejects.toThrow(/must be owner|permission denied/);
    await expect(sql`SET session_replication_role = replica`.execute(db)).rejects.toThrow(/permission denied/);
  });

  test('no table removes rows of another on its own', async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT conname AS name FROM pg_constraint WHERE contype = 'f' AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))`.execute(
      world.superuser(),
    );
    expect(rows).toEqual([]);
  });

  test('no function or trigger deletes', async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
        AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c') AND prosrc ~* '\\m(delete|truncate)\\M'`.execute(
      world.superuser(),
    );
    expect(rows).toEqual([]);
  });
});

test('the numbers of suspensions are given by the database: api and worker may take the next one, neither sets or changes one', async () => {
  const { rows } = await sql<{ part: string; verb: string }>`
    SELECT part, verb FROM unnest(${[...parts]}::text[]) AS part CROSS JOIN unnest(ARRAY['USAGE', 'UPDATE']) AS verb
    WHERE has_sequence_privilege('oblio_' || part || '_login', 'suspension_number_sequence', verb)
    ORDER BY 1`.execute(world.superuser());
  expect(rows).toEqual([
    { part: 'api', verb: 'USAGE' },
    { part: 'worker', verb: 'USAGE' },
  ]);
  const changing = await sql<{ part: string }>`
    SELECT part FROM unnest(${[...parts]}::text[]) AS part
    WHERE has_column_privilege('oblio_' || part || '_login', 'suspension', 'number', 'UPDATE')`.execute(
    world.superuser(),
  );
  expect(changing.rows).toEqual([]);
});
