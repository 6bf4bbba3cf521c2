/** The database as the parts of Oblio open it: errors without values, migrations forward only, policy versions that stay. */
import { spawnSync } from 'node:child_process';
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isDatabaseAway } from '../../api/http/outages.ts';
import { instant } from '../../domain/time/instant.ts';
import { policyDigest } from '../../policies/policy-version.ts';
import { allowStatements, openDatabase } from '../../storage/database/database.ts';
import { isDatabaseFault, sqlState } from '../../storage/database/database-errors.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { migrateDatabase } from '../../storage/database/migrate-database.ts';
import {
  latestPolicy,
  PolicyVersionTakenError,
  readPolicyDocument,
  storePolicy,
} from '../../storage/policies/policies.ts';
import { handInOne, recordClasses } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'database' });
});
afterAll(() => world.close());

const at = instant('2026-03-05T10:00:00Z');

describe('a statement that takes too long', () => {
  const limitOf = async (part: 'owner' | 'api' | 'worker' | 'gate'): Promise<string | undefined> => {
    const { rows } = await sql<{ limit: string }>`SELECT current_setting('statement_timeout') AS limit`.execute(
      world.database(part),
    );
    return rows[0]?.limit;
  };

  test('has a limit by login: seconds for the API, minutes for worker and gate, none for the owner who migrates', async () => {
    expect(await Promise.all((['api', 'worker', 'gate', 'owner'] as const).map(limitOf))).toEqual([
      '30s',
      '10min',
      '10min',
      '0',
    ]);
  });

  test('is ended by the server, and may take longer where it was allowed to, in that transaction only', async () => {
    const db = openDatabase({
      url: world.environment.OBLIO_API_DATABASE_URL ?? '',
      applicationName: 'test-slow',
      maxConnections: 1,
      statementTimeoutMs: 300,
    });
    try {
      const slow = sql`SELECT pg_sleep(0.8)`;
      await expect(slow.execute(db)).rejects.toMatchObject({ code: '57014' });
      await db.transaction().execute(async (tx) => {
        await allowStatements(tx, 5_000);
        await slow.execute(tx);
      });
      const error: unknown = await slow.execute(db).catch((thrown: unknown) => thrown);
      expect(isDatabaseAway(error)).toBe(true);
    } finally {
      await db.destroy();
    }
  });

  test('and a connection that broke, are told as a service that is away, whatever words the driver finds', () => {
    for (const words of [
      'Client has encountered a connection error and is not queryable',
      'Connection terminated unexpectedly',
      'timeout exceeded when trying to connect',
    ]) {
      expect(describeError(new Error(words))).toMatchObject({ code: '08006' });
      expect(isDatabaseAway(new Error(words))).toBe(true);
    }
    expect(describeError(new Error('the Connection terminated')).code).toBeUndefined();
  });

  test.each([
    ['a full disk', '53100'],
    ['a disk that fails', '58030'],
    ['no memory left', '53200'],
    ['no connection left', '53300'],
  ])('and %s: nothing was changed, and trying again later may help', (_what, code) => {
    const error = Object.assign(new DatabaseError('could not extend file: No space left on device', 50, 'error'), {
      code,
    });
    expect(isDatabaseAway(error)).toBe(true);
    expect(isDatabaseAway(Object.assign(error, { code: '23505' }))).toBe(false);
  });
});

describe('I7: an error of the database quotes no value', () => {
  const everythingOf = (error: unknown): string => {
    if (!(error instanceof Error)) return String(error);
    const own = Object.getOwnPropertyNames(error).map((name) => `${name}: ${String(Reflect.get(error, name))}`);
    return [String(error), JSON.stringify(error), ...own].join('\n');
  };
  const marker = 'RSSMRA80A01H501U';

  test.each([
    [
      'a duplicate',
      sqlState.uniqueViolation,
      () => sql`INSERT INTO policy_version SELECT controller, version, digest, document, stored_at FROM policy_version`,
    ],
    [
      'a row that fails a check',
      sqlState.checkViolation,
      () => sql`INSERT INTO abandoned_object VALUES (${marker}, ${marker}, ${marker}, now())`,
    ],
    [
      'a missing value',
      '23502',
      () =>
        sql`INSERT INTO abandoned_object (object_key, controller, reason) VALUES (${marker}, ${marker}, 'no-record')`,
    ],
    ['a text that is no id', '22P02', () => sql`SELECT * FROM record WHERE id = ${marker}::uuid`],
    ['a text that is no number', '22P02', () => sql`SELECT ${marker}::integer`],
    ['a time that is none', '22007', () => sql`SELECT ${marker}::timestamptz`],
    [
      'a reference to nothing',
      sqlState.foreignKeyViolation,
      () => sql`INSERT INTO record_subject VALUES (gen_random_uuid(), ${marker}, ${Buffer.from(marker)})`,
    ],
  ])('%s', async (_what, code, statement) => {
    const db = world.database('api');
    const error = await statement()
      .execute(db)
      .catch((refusal: unknown) => refusal);
    expect(isDatabaseFault(error, code)).toBe(true);
    expect(everythingOf(error)).not.toContain(marker);
    expect(everythingOf(error)).not.toContain('inps');
    const inTransaction = await db
      .transaction()
      .execute((tx) => statement().execute(tx))
      .catch((refusal: unknown) => refusal);
    expect(everythingOf(inTransaction)).not.toContain(marker);
  });

  test('and names what a program needs: code, constraint, table', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: at });
    const copy = sql`INSERT INTO record SELECT * FROM record WHERE id = ${record.recordId}`;
    const error = await copy.execute(world.database('api')).catch((refusal: unknown) => refusal);
    expect(isDatabaseFault(error, sqlState.uniqueViolation, 'record_pk')).toBe(true);
    expect(String(error)).toContain('23505 (constraint record_pk, table record)');
  });
});

describe('what the driver hands over', () => {
  test('local dates as text, sizes and counts as numbers, instants in UTC', async () => {
    const { rows } =
      await sql`SELECT date '2026-02-28' AS day, 9007199254740991::bigint AS large, timestamptz '2026-03-05T11:00:00+01' AS at`.execute(
        world.database('api'),
      );
    expect(rows).toEqual([{ day: '2026-02-28', large: Number.MAX_SAFE_INTEGER, at: new Date(at) }]);
    await expect(sql`SELECT 9007199254740993::bigint AS n`.execute(world.database('api'))).rejects.toThrow(
      /larger than 2\^53/,
    );
  });
});

describe('migrations', () => {
  test('run once, and say so', async () => {
    expect(await migrateDatabase(world.database('owner'))).toEqual([]);
  });

  const run = (environment: Record<string, string>) =>
    spawnSync(process.execPath, ['commands/migrate.ts'], {
      env: { ...process.env, TEMPORAL_ADDRESS: '', ...environment },
      encoding: 'utf8',
    });

  test('the command prints what it did, and fails with a reason', () => {
    const again = run({ DATABASE_URL: world.environment.DATABASE_URL ?? '' });
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(again.stdout).toContain('The schema is current.');
    const refused = run({
      DATABASE_URL: world.environment.OBLIO_API_DATABASE_URL?.replace(/:[^:@/]+@/, ':wrong@') ?? '',
    });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('password authentication failed');
    expect(run({ DATABASE_URL: 'mysql://x' })).toMatchObject({ status: 2 });
  });

  test('with the address of Temporal it makes the namespace fit too, twice without harm', () => {
    const { DATABASE_URL = '', TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = world.environment;
    const first = run({ DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE });
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(
      new RegExp(`namespace ${TEMPORAL_NAMESPACE}: there, [1-9]\\d* search attributes added`),
    );
    expect(run({ DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE }).stdout).toContain(
      'there, 0 search attributes added',
    );
    expect(run({ DATABASE_URL, TEMPORAL_ADDRESS: 'nowhere' }).status).toBe(2);
  });
});

describe('policy versions', () => {
  test('a version is stored once and never under another content', async () => {
    const [loaded] = world.policies;
    if (loaded === undefined) throw new Error('There are policies');
    const db = world.database('worker');
    const { policy, digest } = loaded;
    expect(await storePolicy(db, { policy, digest, now: at, actor: 'test' })).toBe(false);
    expect(await latestPolicy(db, policy.controller)).toEqual({ version: policy.version, digest });
    const changed = { ...policy, name: 'Another name' };
    const refusal = storePolicy(db, { policy: changed, digest: policyDigest(changed), now: at, actor: 'test' });
    await expect(refusal).rejects.toThrow(PolicyVersionTakenError);
    const next = { ...changed, version: policy.version + 1 };
    const both = await Promise.all(
      [1, 2].map(() => storePolicy(db, { policy: next, digest: policyDigest(next), now: at, actor: 'test' })),
    );
    expect(both.sort()).toEqual([false, true]);
    expect(await latestPolicy(db, policy.controller)).toMatchObject({ version: next.version });
    expect(await readPolicyDocument(db, { controller: policy.controller, version: policy.version })).toEqual(
      JSON.parse(JSON.stringify(policy)),
    );
  });
});
