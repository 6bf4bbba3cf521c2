/** I10: the audit trail is append-only and chained; whoever changes, removes or adds to what is sealed is found out. */
import { spawnSync } from 'node:child_process';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../domain/audit.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import {
  appendAuditEntries,
  appendAuditEntry,
  chainDigest,
  entryDigest,
  type SealedEntry,
  sealNextEntries,
} from '../../storage/audit/audit-trail.ts';
import { verifyChain } from '../../storage/audit/verify-audit-trail.ts';
import { inps } from '../support/records.ts';
import { createWorld, databaseParts, type World } from '../support/world.ts';

const at = instant('2026-03-05T10:00:00Z');
const entry = (id: string): AuditEntry => ({
  at,
  actor: 'somebody',
  role: 'dpo',
  action: 'record-read',
  controller: inps,
  target: { kind: 'record', id },
  why: 'request 12',
  detail: { pages: 3, codes: ['a', 'b'], nothing: null },
});

const append = (world: World, ...ids: readonly string[]): Promise<void> =>
  world
    .database('api')
    .transaction()
    .execute((tx) => appendAuditEntries(tx, ids.map(entry)));

/** Seals until nothing is left: a transaction elsewhere in the cluster may hold up the last ones for a moment. */
const sealAll = (world: World): Promise<boolean> =>
  vi.waitUntil(
    async () => {
      await sealNextEntries(world.database('worker'), { now: at });
      return (await verifyChain(world.database('api'))).unsealed === 0;
    },
    { timeout: 180_000, interval: 50 },
  );

describe('sealing', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ label: 'sealing' });
  });
  afterAll(() => world.close());

  test('gives every committed entry its place, in batches, and the chain holds', async () => {
    await append(world, ...Array.from({ length: 25 }, (_, index) => `record-${index}`));
    const sealTen = async () => (await sealNextEntries(world.database('worker'), { now: at, limit: 10 })).sealed;
    await vi.waitUntil(async () => (await sealTen()) === 10, { timeout: 180_000, interval: 50 });
    await sealAll(world);
    const report = await verifyChain(world.database('api'), { batchSize: 7 });
    expect(report).toMatchObject({ unsealed: 0, fault: undefined });
    expect(report.verified).toBeGreaterThanOrEqual(25);
    expect(report.head?.sequence).toBe(report.verified);
  });

  test('an entry that a rolled-back transaction wrote is neither there nor missed', async () => {
    await sealAll(world);
    const before = (await verifyChain(world.database('api'))).verified;
    const broken = world
      .database('api')
      .transaction()
      .execute(async (tx) => {
        await appendAuditEntry(tx, entry('never'));
        throw new Error('planted');
      });
    await expect(broken).rejects.toThrow('planted');
    await append(world, 'after-it');
    await sealAll(world);
    expect(await verifyChain(world.database('api'))).toMatchObject({ verified: before + 1, fault: undefined });
  });

  test('no entry appears in front of a sealed one, however late its transaction commits', async () => {
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let written: () => void = () => undefined;
    const slowWritten = new Promise<void>((resolve) => {
      written = resolve;
    });
    const slow = world
      .database('api')
      .transaction()
      .execute(async (tx) => {
        await appendAuditEntry(tx, entry('slow'));
        written();
        await held;
      });
    await slowWritten;
    await append(world, 'fast');
    // The fast one is committed, but behind a transaction that is still open: it waits for its seal.
    expect((await sealNextEntries(world.database('worker'), { now: at })).sealed).toBe(0);
    commit();
    await slow;
    await sealAll(world);
    const { rows } = await sql<{ target_id: string }>`
      SELECT target_id FROM audit_entry JOIN audit_seal ON audit_seal.entry_id = audit_entry.id
      ORDER BY sequence DESC LIMIT 2`.execute(world.database('api'));
    expect(rows.map(({ target_id }) => target_id)).toEqual(['fast', 'slow']);
  });

  test('while one process seals, another is told so and seals nothing', async () => {
    await append(world, 'waiting');
    await world
      .database('worker')
      .transaction()
      .execute(async (tx) => {
        await sql`SELECT pg_advisory_xact_lock(hashtextextended('oblio/audit-sealer', 0))`.execute(tx);
        expect(await sealNextEntries(world.database('worker'), { now: at })).toEqual({ sealed: 0, busy: true });
      });
    await sealAll(world);
  });

  test('of several sealers at once nothing is sealed twice', async () => {
    await append(world, ...Array.from({ length: 40 }, (_, index) => `many-${index}`));
    await Promise.all(
      Array.from({ length: 5 }, () => sealNextEntries(world.database('worker'), { now: at, limit: 20 })),
    );
    await sealAll(world);
    expect(await verifyChain(world.database('api'))).toMatchObject({ fault: undefined, unsealed: 0 });
  });

  test('entries of a restored dump, whose transaction numbers are ahead of the new cluster, are sealed all the same', async () => {
    await sealAll(world);
    const head = await verifyChain(world.database('api'));
    const superuser = world.superuser();
    const ahead = sql`(pg_current_xact_id()::text::bigint + 1000000)::text::xid8`;
    await sql`
      INSERT INTO audit_entry (at, actor, role, action, controller, target_kind, target_id, why, written_in)
      VALUES (${new Date(at)}, 'a', 'dpo', 'record-read', ${inps}, 'record', 'restored', 'w', ${ahead})`.execute(
      superuser,
    );
    await sealAll(world);
    await append(world, 'after the restore');
    await sealAll(world);
    expect(await verifyChain(world.database('api'))).toMatchObject({
      verified: head.verified + 2,
      fault: undefined,
      unsealed: 0,
    });
  });
});

describe('tampering is found', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ label: 'tampering' });
    await append(world, 'one', 'two', 'three', 'four');
    await sealAll(world);
  });
  afterAll(() => world.close());

  /** Changes the trail as somebody could who owns the whole cluster, looks, and puts it back. */
  const tampered = async (statement: ReturnType<typeof sql>, expectedHead?: { sequence: number; digest: string }) => {
    const rollback = new Error('put back');
    let report: Awaited<ReturnType<typeof verifyChain>> | undefined;
    await world
      .superuser()
      .transaction()
      .execute(async (tx) => {
        await sql`SET LOCAL session_replication_role = replica`.execute(tx);
        await statement.execute(tx);
        report = await verifyChain(tx, expectedHead === undefined ? {} : { expectedHead });
        throw rollback;
      })
      .catch((error: unknown) => {
        if (error !== rollback) throw error;
      });
    return report?.fault;
  };
  const third = sql`(SELECT entry_id FROM audit_seal JOIN audit_entry ON audit_entry.id = entry_id WHERE target_id = 'three')`;
  const sequenceOfThird = sql`(SELECT sequence FROM audit_seal WHERE entry_id = ${third})`;

  test('every column of an entry', async () => {
    const changes = [
      sql`actor = 'nobody'`,
      sql`role = 'auditor'`,
      sql`action = 'object-read'`,
      sql`controller = 'another'`,
      sql`target_kind = 'unit'`,
      sql`target_id = 'other'`,
      sql`why = ''`,
      sql`at = at + interval '1 second'`,
      sql`detail = detail || '{"pages": 4}'`,
    ];
    for (const change of changes) {
      expect(await tampered(sql`UPDATE audit_entry SET ${change} WHERE id = ${third}`)).toMatchObject({
        reason: 'entry-changed',
      });
    }
  });

  test('an entry removed with or without its seal', async () => {
    expect(await tampered(sql`DELETE FROM audit_entry WHERE id = ${third}`)).toMatchObject({ reason: 'entry-missing' });
    expect(await tampered(sql`DELETE FROM audit_seal WHERE entry_id = ${third}`)).toMatchObject({
      reason: 'seal-missing',
    });
  });

  test('a digest made to fit, and two entries exchanged', async () => {
    expect(
      await tampered(sql`UPDATE audit_seal SET chain_digest = sha256('x') WHERE entry_id = ${third}`),
    ).toMatchObject({ reason: 'chain-broken' });
    const exchanged = sql`
      UPDATE audit_seal SET entry_id = -entry_id, entry_digest = entry_digest WHERE sequence IN (${sequenceOfThird}, ${sequenceOfThird} + 1)`;
    expect(await tampered(exchanged)).toMatchObject({ reason: 'entry-missing' });
  });

  test('an entry that is rewritten together with its own seal, by the next one', async () => {
    const { rows } = await sql<SealedEntry & { sequence: number; previous: Buffer }>`
      SELECT entry.*, seal.sequence, before.chain_digest AS previous FROM audit_seal AS seal
      JOIN audit_entry AS entry ON entry.id = seal.entry_id JOIN audit_seal AS before ON before.sequence = seal.sequence - 1
      WHERE seal.entry_id = ${third}`.execute(world.superuser());
    const [row] = rows;
    if (row === undefined) throw new Error('The third entry is sealed');
    const { sequence, previous, ...entryOfThird } = row;
    const digest = entryDigest({ ...entryOfThird, why: 'another reason' });
    const rewritten = sql`
      WITH changed AS (UPDATE audit_entry SET why = 'another reason' WHERE id = ${entryOfThird.id})
      UPDATE audit_seal SET entry_digest = ${digest}, chain_digest = ${chainDigest(previous, sequence, digest)}
      WHERE entry_id = ${entryOfThird.id}`;
    expect(await tampered(rewritten)).toMatchObject({ sequence: sequence + 1, reason: 'chain-broken' });
  });

  test('an end cut off, by whoever noted the head down', async () => {
    const { head } = await verifyChain(world.database('api'));
    if (head === undefined) throw new Error('The chain has a head');
    const cut = sql`DELETE FROM audit_seal WHERE sequence = ${head.sequence}`;
    expect(await tampered(cut)).toBeUndefined();
    expect(await tampered(cut, head)).toMatchObject({ reason: 'head-not-found', sequence: head.sequence });
    expect((await verifyChain(world.database('api'), { expectedHead: head })).fault).toBeUndefined();
  });

  test('the command says so with its exit code, and prints the head', async () => {
    const { head } = await verifyChain(world.database('api'));
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, ['commands/audit-verify.ts', ...args], {
        env: { ...process.env, ...world.environment },
        encoding: 'utf8',
      });
    const good = run();
    expect(good.status).toBe(0);
    expect(good.stdout).toContain(`head               ${head?.sequence}:${head?.digest}`);
    const bad = run('--head', `${head?.sequence}:${'0'.repeat(64)}`);
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain('FAULT head-not-found');
    expect(run('--head', 'nonsense').status).toBe(2);
  });
});

describe('append-only', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ label: 'append' });
    await append(world, 'one');
    await sealAll(world);
  });
  afterAll(() => world.close());

  const tables = ['audit_entry', 'audit_seal', 'disposition_certificate', 'erasure_item', 'erasure_intent'] as const;
  const verbs = (table: string) => [
    {
      verb: 'update',
      statement: sql`UPDATE ${sql.table(table)} SET controller = 'x'`,
      applies: table === 'audit_entry' || table === 'disposition_certificate',
    },
    {
      verb: 'update of digests',
      statement: sql`UPDATE ${sql.table(table)} SET entry_digest = ''`,
      applies: table === 'audit_seal',
    },
    { verb: 'delete', statement: sql`DELETE FROM ${sql.table(table)}`, applies: true },
    { verb: 'truncate', statement: sql`TRUNCATE ${sql.table(table)} CASCADE`, applies: true },
  ];
  const who = [...databaseParts, 'superuser'] as const;
  const cases = who.flatMap((part) =>
    tables.flatMap((table) =>
      verbs(table)
        .filter(({ applies }) => applies)
        .map((rest) => ({ part, table, ...rest })),
    ),
  );

  test.each(cases)('$verb of $table is refused to the $part', async ({ part, statement }) => {
    const db = part === 'superuser' ? world.superuser() : world.database(part);
    await expect(statement.execute(db)).rejects.toThrow(/append-only|permission denied/);
  });

  test('and what was there is there still', async () => {
    expect(await verifyChain(world.database('api'))).toMatchObject({ fault: undefined, unsealed: 0 });
    expect(instantPlus(at, 0)).toBe(at);
  });
});
