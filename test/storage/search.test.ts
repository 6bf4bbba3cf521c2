/** The search of a case on real storage: what is found of whom, frozen once, whatever breaks or arrives meanwhile (I8, I9). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import { instant } from '../../domain/time/instant.ts';
import { digestOf } from '../../storage/manifests/freeze.ts';
import { readManifest, readManifestErased, readManifestHead } from '../../storage/manifests/read-manifest.ts';
import { walkUnit } from '../support/erasing.ts';
import { classOf, handIn, handInOne, inps, milano, recordClasses } from '../support/records.ts';
import { idOf, lately, now, person } from '../support/requests/searched-person.ts';
import { idsIn, recordsIn, search } from '../support/requests/searches.ts';
import { openCase } from '../support/requests/stored-cases.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'search' });
});
afterAll(() => world.close());

const { chat, sms, callRecording, booking, surveyInvitation } = recordClasses;

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
