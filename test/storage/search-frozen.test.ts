/** What a search has found is frozen: complete at one moment, unchangeable after it, and the same whatever broke on the way. */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSearchActivities } from '../../activities/request/search/search.ts';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { digestOf } from '../../storage/manifests/freeze.ts';
import { readManifestHead } from '../../storage/manifests/read-manifest.ts';
import { classOf, handIn, handInObject, handInOne, inps, recordClasses } from '../support/records.ts';
import { idOf, lately, now, person } from '../support/requests/searched-person.ts';
import { idsIn, recordsIn, search } from '../support/requests/searches.ts';
import { openCase } from '../support/requests/stored-cases.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'search-frozen' });
});
afterAll(() => world.close());

const { portalInteraction, chat, callRecording } = recordClasses;

describe('frozen', () => {
  test('what came in behind the walk is in, what came after the freezing is not, another search has it', async () => {
    const { id } = person();
    const subjects = () => [id];
    const first = await handIn(world, { triggerAt: lately(60), count: 4, subjects });
    const caseId = await openCase(world, { identifiers: [id], now });
    const behind: string[] = [];
    const manifest = await search(world, {
      caseId,
      now,
      pageSize: 2,
      atStep: async (step) => {
        if (step === 'page-taken' && behind.length > 0) return;
        const late = await handInOne(world, { recordClass: chat, triggerAt: lately(1), subjects });
        behind.push(late.recordId);
      },
    });
    expect(behind).toHaveLength(2);
    expect(await idsIn(world, manifest.manifestId)).toEqual([...first.map(idOf), ...behind].sort());
    const later = await handInOne(world, { recordClass: chat, triggerAt: lately(1), subjects });
    expect(await idsIn(world, manifest.manifestId)).not.toContain(later.recordId);
    expect(await search(world, { caseId, now, manifestId: manifest.manifestId })).toEqual(manifest);
    expect(await idsIn(world, (await search(world, { caseId, now })).manifestId)).toContain(later.recordId);
  });

  test('an object stored behind the walk is in', async () => {
    const { id } = person();
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: lately(2), subjects: () => [id] });
    const caseId = await openCase(world, { identifiers: [id], now });
    const { manifestId } = await search(world, {
      caseId,
      now,
      atStep: async (step) => {
        if (step !== 'walk-finished') return;
        await handInObject(world, {
          controller: inps,
          recordClass: callRecording,
          recordId: record.recordId,
          name: 'late.wav',
          content: Buffer.from('late'),
          now,
        });
      },
    });
    expect((await recordsIn(world, manifestId))[0]?.objects.map(({ name }) => name)).toEqual(['late.wav']);
  });

  test('two searches that find the same have the same digest; one record more, another digest', async () => {
    const { id } = person();
    const subjects = () => [id];
    await handIn(world, { triggerAt: lately(60), count: 5, subjects, objects: () => [] });
    const caseId = await openCase(world, { identifiers: [id], now });
    const one = await search(world, { caseId, now, pageSize: 2 });
    const other = await search(world, { caseId, now, pageSize: 100 });
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(other.digest).toBe(one.digest);
    expect(await digestOf(world.database('worker'), one.manifestId, { batch: 3 })).toBe(one.digest);
    await handInOne(world, { triggerAt: lately(60), subjects });
    expect((await search(world, { caseId, now })).digest).not.toBe(one.digest);
  });

  const changes = [
    {
      what: 'opening it again',
      statement:
        "UPDATE manifest SET state = 'collecting', frozen_at = NULL, digest = NULL, summary = NULL WHERE id = $1",
    },
    { what: 'changing a record', statement: "UPDATE manifest_record SET tie = 'gone' WHERE manifest_id = $1" },
    {
      what: 'adding a record',
      statement: `INSERT INTO manifest_record SELECT manifest_id, gen_random_uuid(), record_class, trigger_at, tie, names_others,
        bound_day, policy_version, legal_basis, content_digest, suspended_by, suspensions FROM manifest_record WHERE manifest_id = $1`,
    },
    {
      what: 'adding an object',
      statement: `INSERT INTO manifest_object SELECT manifest_id, record_id, gen_random_uuid(), 'a', 'b', 'c', 'd', 1, ''::bytea
        FROM manifest_record WHERE manifest_id = $1`,
    },
    {
      what: 'adding what was erased',
      statement:
        "INSERT INTO manifest_erased SELECT id, gen_random_uuid(), 'chat', now(), 'named' FROM manifest WHERE id = $1",
    },
  ];
  test.each(changes)('I8: $what is refused, to the worker and to the owner of the tables', async ({ statement }) => {
    const { id } = person();
    await handInOne(world, { triggerAt: lately(5), subjects: () => [id] });
    const caseId = await openCase(world, { identifiers: [id], now });
    const { manifestId, digest } = await search(world, { caseId, now });
    for (const part of ['worker', 'owner'] as const) {
      const attempt = sql.raw(statement.replaceAll('$1', `'${manifestId}'`)).execute(world.database(part));
      await expect(attempt).rejects.toThrow(/frozen manifest does not change/);
    }
    expect(await digestOf(world.database('worker'), manifestId)).toBe(digest);
  });
});

describe('I9: whatever breaks', () => {
  test('a search that dies in the middle goes on where it was, each record once', async () => {
    const { id, email } = person();
    const own = await handIn(world, { triggerAt: lately(70), count: 45, subjects: () => [id, email] });
    const caseId = await openCase(world, { identifiers: [id, email], now });
    const manifestId = randomUUID();
    let pages = 0;
    const dying = search(world, {
      caseId,
      now,
      manifestId,
      pageSize: 10,
      atStep: () => {
        pages += 1;
        return pages === 3 ? Promise.reject(new Error('the worker died')) : Promise.resolve();
      },
    });
    await expect(dying).rejects.toThrow('the worker died');
    expect((await readManifestHead(world.database('worker'), manifestId))?.summary).toBeUndefined();
    let looked = 0;
    const summary = await search(world, { caseId, now, manifestId, pageSize: 10, tell: (count) => (looked = count) });
    // Two keys of 45 records each, less the three pages before.
    expect(looked).toBe(60);
    expect(summary.records).toBe(45);
    expect(await idsIn(world, manifestId)).toEqual(own.map(idOf).sort());
  });

  test('a search that dies before freezing, and one that is repeated after it, answer the same', async () => {
    const { id } = person();
    await handIn(world, { triggerAt: lately(70), count: 3, subjects: () => [id] });
    const caseId = await openCase(world, { identifiers: [id], now });
    const manifestId = randomUUID();
    const dying = search(world, {
      caseId,
      now,
      manifestId,
      atStep: (step) => (step === 'walk-finished' ? Promise.reject(new Error('died')) : Promise.resolve()),
    });
    await expect(dying).rejects.toThrow('died');
    const answers = await Promise.all([
      search(world, { caseId, now, manifestId }),
      search(world, { caseId, now, manifestId }),
    ]);
    const again = await search(world, { caseId, now: instantPlus(now, 1000), manifestId });
    expect(answers).toEqual([again, again]);
    expect(again.records).toBe(3);
  });

  test("an id of another case's manifest is not gone on with", async () => {
    const caseId = await openCase(world, { identifiers: [person().id], now });
    const { manifestId } = await search(world, { caseId, now });
    const other = await openCase(world, { identifiers: [person().id], now });
    await expect(search(world, { caseId: other, now, manifestId })).rejects.toThrow();
  });

  test('thousands of records go through small pages, with a sign of life for each, as the activity that the workflow calls', async () => {
    const { id } = person();
    const own = await handIn(world, { triggerAt: lately(80), count: 2300, subjects: () => [id] });
    const caseId = await openCase(world, { identifiers: [id], now });
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => beats.push(details));
    const { searchSubject } = createSearchActivities({
      db: world.database('worker'),
      sealing: world.sealing,
      policies: new Map(world.policies.map(({ policy }) => [policy.controller, policy])),
      pageSize: 100,
    });
    const summary: ManifestSummary = await environment.run(searchSubject, {
      caseId,
      controller: inps,
      now,
      manifestId: randomUUID(),
    });
    expect(summary.records).toBe(2300);
    expect(beats.length).toBeGreaterThanOrEqual(23);
    expect(await idsIn(world, summary.manifestId)).toEqual(own.map(idOf).sort());
    // Ids, counts, codes and dates only (I7).
    expect(JSON.stringify([summary, beats])).not.toContain(id.value);
    expect(summary.frozenAt).toBe(now);
    expect(summary.classes.find(({ found }) => found > 0)?.earliestBound).toBe(
      retentionWindow({
        rule: classOf(world, { controller: inps, recordClass: portalInteraction }).recordClassPolicy.rule,
        triggerAt: lately(80),
        timeZone: 'Europe/Rome',
      }).boundDay,
    );
    expect(localDateAt(summary.frozenAt, 'Europe/Rome')).toBe('2026-03-10');
  });
});
