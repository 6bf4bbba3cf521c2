/** The search of a case on real storage: what is found of whom, frozen once, whatever breaks or arrives meanwhile (I8, I9). */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSearchActivities } from '../../activities/request-search.ts';
import { localDateAt } from '../../domain/calendar.ts';
import { type Instant, instant, instantPlus } from '../../domain/instant.ts';
import { retentionWindow } from '../../domain/retention-dates.ts';
import type { ManifestSummary } from '../../domain/rights-request/manifest.ts';
import { digestOf, readManifest, readManifestErased, readManifestHead } from '../../storage/manifests/index.ts';
import { walkUnit } from '../support/erasing.ts';
import { classOf, handIn, handInObject, handInOne, inps, milano, recordClasses } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';
import { idsIn, recordsIn, search } from './support/searches.ts';
import { type Identifier, openCase } from './support/stored-cases.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'search' });
});
afterAll(() => world.close());

const now = instant('2026-03-10T09:00:00Z');
const lately = (days: number): Instant => instantPlus(now, -days * 86_400_000);
const { portalInteraction, chat, sms, callRecording, booking, surveyInvitation } = recordClasses;

/** A person nobody else is. */
const person = (): { readonly id: Identifier; readonly phone: Identifier; readonly email: Identifier } => {
  const name = randomUUID();
  return {
    id: { kind: 'controller-subject-id', value: name },
    phone: { kind: 'phone', value: `+39${name}` },
    email: { kind: 'email', value: `${name}@example.it` },
  };
};

const idOf = ({ recordId }: { readonly recordId: string }) => recordId;

describe('what is found', () => {
  test('I8: every record of the person, of every class of the controller, and of no other controller', async () => {
    const { id, phone } = person();
    const subjects = () => [id, phone];
    const own = [
      ...(await handIn(world, { triggerAt: lately(400), count: 3, subjects })),
      await handInOne(world, {
        recordClass: chat,
        triggerAt: lately(30),
        subjects,
        objects: () => [Buffer.from('chat')],
      }),
      ...(await handIn(world, { recordClass: sms, triggerAt: lately(20), count: 2, subjects: () => [id] })),
      await handInOne(world, {
        recordClass: callRecording,
        triggerAt: lately(10),
        subjects,
        objects: () => [Buffer.from('first part'), Buffer.from('second part')],
      }),
    ];
    const elsewhere = await handInOne(world, {
      controller: milano,
      recordClass: booking,
      triggerAt: lately(9),
      subjects,
    });
    const caseId = await openCase(world, { identifiers: [id], now });
    const summary = await search(world, { caseId, now, pageSize: 2 });
    expect(await idsIn(world, summary.manifestId)).toEqual(own.map(idOf).sort());
    expect(summary.records).toBe(7);
    const found = new Map(summary.classes.map((place) => [String(place.recordClass), place.found]));
    expect(found.get('portal-interaction')).toBe(3);
    expect(found.get('chat')).toBe(1);
    expect(found.get('sms')).toBe(2);
    expect(found.get('call-recording')).toBe(1);
    // Every class of the policy was searched, also where nothing was found.
    const policy = classOf(world, { controller: inps, recordClass: chat }).policy;
    expect([...found.keys()].sort()).toEqual(policy.recordClasses.map(({ id: name }) => String(name)).sort());

    const milanCase = await openCase(world, { controller: milano, identifiers: [id], now });
    const there = await search(world, { caseId: milanCase, controller: milano, now });
    expect(await idsIn(world, there.manifestId)).toEqual([elsewhere.recordId]);
  });

  test('each record with its last day, its legal basis, its digest and the versions of its objects', async () => {
    const { id } = person();
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: lately(10),
      subjects: () => [id],
      objects: () => [Buffer.from('first part'), Buffer.from('second part')],
    });
    const { policy, recordClassPolicy } = classOf(world, { controller: inps, recordClass: callRecording });
    const { boundDay } = retentionWindow({
      rule: recordClassPolicy.rule,
      triggerAt: lately(10),
      timeZone: policy.timeZone,
    });
    const caseId = await openCase(world, { identifiers: [id], now });
    const { manifestId, classes } = await search(world, { caseId, now });
    const [found] = await recordsIn(world, manifestId);
    const stored = await world
      .database('worker')
      .selectFrom('record')
      .select('content_digest')
      .where('id', '=', record.recordId)
      .executeTakeFirstOrThrow();
    expect(found).toEqual({
      recordId: record.recordId,
      recordClass: 'call-recording',
      triggerAt: lately(10),
      boundDay,
      legalBasis: recordClassPolicy.legalBasis,
      contentDigest: stored.content_digest.toString('hex'),
      suspendedBy: [],
      tie: 'identified',
      namesOthers: false,
      objects: record.objects
        .map(({ objectId, name, mediaType, size, sha256, key, versionId }) => ({
          objectId,
          name,
          mediaType,
          size,
          sha256: sha256.toString('hex'),
          key,
          versionId,
        }))
        .sort((one, other) => (one.objectId < other.objectId ? -1 : 1)),
    });
    expect(classes.find(({ recordClass }) => recordClass === 'call-recording')).toMatchObject({
      earliestBound: boundDay,
      latestBound: boundDay,
    });
  });

  test('the basis is the one that a coded field of the record decides: consent for survey invitations by SMS', async () => {
    const { id } = person();
    for (const channel of ['sms', 'email']) {
      await handInOne(world, {
        controller: milano,
        recordClass: surveyInvitation,
        triggerAt: lately(1),
        subjects: () => [id],
        fields: () => ({ channel }),
      });
    }
    const caseId = await openCase(world, { controller: milano, identifiers: [id], now });
    const { manifestId } = await search(world, { caseId, controller: milano, now });
    const articles = (await recordsIn(world, manifestId)).map(({ legalBasis }) => legalBasis.article).sort();
    expect(articles).toEqual(['6.1.a', '6.1.e']);
  });

  test('nothing found is an answer: every class searched, no record', async () => {
    const caseId = await openCase(world, { identifiers: [person().id], now });
    const summary = await search(world, { caseId, now });
    expect(summary.records).toBe(0);
    expect(summary.classes.length).toBeGreaterThan(0);
    expect(summary.classes.every(({ found, suspended }) => found === 0 && suspended === 0)).toBe(true);
  });

  test('a case without any identifier finds nothing, and is no error', async () => {
    const caseId = await openCase(world, { identifiers: [], now });
    expect((await search(world, { caseId, now })).records).toBe(0);
  });
});

describe('what keeps records back', () => {
  test("holds, legal duties and others' restrictions are named; the case's own suspensions and other requests are not", async () => {
    const { id } = person();
    const subjects = () => [id];
    const [held, bound, restricted, weighed, free] = await handIn(world, { triggerAt: lately(50), count: 5, subjects });
    if (!held || !bound || !restricted || !weighed || !free) throw new Error('Five records were handed in');
    const caseId = await openCase(world, { identifiers: [id], now });
    await place(world, { scope: [{ record: held.recordId }], now });
    await place(world, { scope: [{ record: bound.recordId }], now, kind: 'legal-obligation' });
    await place(world, {
      scope: [{ record: restricted.recordId }],
      now,
      kind: 'restriction',
      matterReference: 'another',
    });
    await place(world, {
      scope: [{ record: weighed.recordId }],
      now,
      kind: 'restriction',
      matterReference: `${caseId}/objection`,
    });
    await place(world, {
      scope: [{ record: free.recordId }],
      now,
      kind: 'pending-request',
      matterReference: randomUUID(),
    });
    const { manifestId, classes } = await search(world, { caseId, now });
    const keeping = new Map((await recordsIn(world, manifestId)).map((one) => [one.recordId, one.suspendedBy]));
    expect(keeping.get(held.recordId)).toEqual(['litigation-hold']);
    expect(keeping.get(bound.recordId)).toEqual(['legal-obligation']);
    expect(keeping.get(restricted.recordId)).toEqual(['restriction']);
    expect(keeping.get(weighed.recordId)).toEqual([]);
    expect(keeping.get(free.recordId)).toEqual([]);
    expect(classes.find(({ found }) => found === 5)?.suspended).toBe(3);
  });
});

describe('what was gone before', () => {
  test('a record past the point of no return is told as such, and with its certificate once there is one', async () => {
    const { id } = person();
    const [going] = await handIn(world, {
      recordClass: chat,
      triggerAt: instant('2015-05-05T10:00:00Z'),
      subjects: () => [id],
    });
    const here = await handInOne(world, { triggerAt: lately(3), subjects: () => [id] });
    if (going === undefined) throw new Error('A record was handed in');
    const { unit } = going;
    // A gate that dies right after its intent is committed.
    const dying = world.gate({
      atStep: (step) => (step === 'intent-committed' ? Promise.reject(new Error('died')) : Promise.resolve()),
    });
    await expect(walkUnit(dying, { unitId: unit.id, now: unit.dueAt })).rejects.toThrow('died');
    const caseId = await openCase(world, { identifiers: [id], now });
    const { manifestId, records } = await search(world, { caseId, now });
    expect(records).toBe(1);
    expect(await idsIn(world, manifestId)).toEqual([here.recordId]);
    const db = world.database('worker');
    expect(await readManifestErased(db, manifestId)).toMatchObject([
      { recordId: going.recordId, foundBy: 'identifier' },
    ]);
    expect((await readManifest(db, manifestId)).erasedBefore).toEqual([]);
    await walkUnit(world.gate(), { unitId: unit.id, now: unit.dueAt });
    const { erasedBefore } = await readManifest(db, manifestId);
    expect(erasedBefore).toMatchObject([{ recordId: going.recordId, recordClass: 'chat' }]);
    expect(erasedBefore[0]?.certificate).toMatch(/^[0-9a-f-]{36}$/);
    // The certificate joins what is told, not what was frozen.
    expect(await digestOf(db, manifestId)).toBe((await readManifestHead(db, manifestId))?.summary?.digest);
  });
});

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
