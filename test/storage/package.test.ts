import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallDataAttachments } from '../../activities/request/package/attachments.ts';
import { hours } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { handIn, inps, milano, recordClasses } from '../support/records.ts';
import { dataSchema, hostile, newPerson, now, packed, when } from '../support/requests/package-scenes.ts';
import { openPackage, packageActivities, packageBytes, policyMap, reviewedCase } from '../support/requests/packages.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'package' });
});
afterAll(() => world.close());

describe('a package', () => {
  test('holds every record of the manifest with its words and files, verified by unzip, Python and sha256sum', async () => {
    const person = newPerson();
    const sound = [randomBytes(70_000), randomBytes(1)];
    const chats = await handIn(world, {
      recordClass: recordClasses.chat,
      triggerAt: when,
      now,
      count: 3,
      subjects: () => [person],
      text: (index) => `${index} ${hostile}`,
    });
    const calls = await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: when,
      now,
      count: 2,
      subjects: () => [person],
      objects: () => sound,
    });
    await handIn(world, { recordClass: recordClasses.chat, triggerAt: when, now, text: () => 'SOMEBODY ELSE' });
    const { caseId, manifest } = await reviewedCase(world, { identifiers: [person], now });
    const letter = Buffer.from('%PDF-1.7 letter');
    const activities = packageActivities(world, {
      readLetterPdf: () =>
        Promise.resolve({
          size: letter.length,
          sha256: createHash('sha256').update(letter).digest(),
          content: (async function* () {
            yield letter;
          })(),
        }),
    });
    const packageId = randomUUID();
    const result = await activities.buildPackage({ caseId, controller: inps, now, packageId, letterId: randomUUID() });
    const bytes = await packageBytes(world, packageId);
    expect(result).toMatchObject({ packageId, size: bytes.length, records: 5 });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.sha256);

    const opened = openPackage(bytes);
    expect(opened.files).toHaveLength(result.files);
    expect(opened.verified.trim().split('\n')).toHaveLength(result.files - 1);
    expect(opened.verified).not.toMatch(/FAILED/);
    for (const file of opened.files) expect(file).toMatch(/^[A-Za-z0-9_./-]+$/);
    expect(opened.bytes('lettera.pdf').equals(letter)).toBe(true);

    const data = dataSchema.parse(opened.json('dati/chat.json'));
    expect(data.map(({ recordId }) => recordId).sort()).toEqual(chats.map(({ recordId }) => recordId).sort());
    expect(data.map(({ text }) => text).sort()).toEqual([0, 1, 2].map((index) => `${index} ${hostile}`));
    const transcripts = opened.files.filter((file) => file.startsWith('conversazioni/chat/'));
    expect(transcripts).toHaveLength(3);
    // 2 March in Rome.
    expect(transcripts.every((file) => file.includes('/2026-03-02-'))).toBe(true);
    expect(opened.text(transcripts[0] ?? '')).toContain('parola '.repeat(1500));

    const recorded = dataSchema.parse(opened.json('dati/call-recording.json')).flatMap(({ files }) => files);
    expect(recorded).toHaveLength(calls.length * 2);
    for (const { path = '', name } of recorded) {
      expect(path).toMatch(/^registrazioni\/call-recording\/.*\.wav$/);
      expect(
        opened.bytes(path).equals(name === 'object-0' ? (sound[0] ?? Buffer.alloc(0)) : (sound[1] ?? Buffer.alloc(0))),
      ).toBe(true);
    }
    const csv = opened.bytes('dati/chat.csv');
    expect(csv.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(csv.toString('utf8')).not.toMatch(/(?:^|",|\n)"=/m);
    for (const page of opened.files.filter((file) => file.endsWith('.html')))
      expect(opened.text(page)).not.toMatch(/<script/);
    for (const link of [...opened.text('indice.html').matchAll(/href="([^"#]+)"/g)].map(([, path]) => path ?? ''))
      expect(opened.files).toContain(link);
    expect(opened.json('manifest.json')).toMatchObject({
      format: 'oblio-access-package-1',
      manifestDigest: manifest.digest,
      frozenAt: manifest.frozenAt,
    });
    for (const file of opened.files) expect(opened.bytes(file).includes('SOMEBODY ELSE')).toBe(false);
  });

  test('is in the language of the case', async () => {
    const person = newPerson();
    await handIn(world, { recordClass: recordClasses.sms, triggerAt: when, now, subjects: () => [person] });
    const { caseId } = await reviewedCase(world, { identifiers: [person], language: 'en', now });
    const { opened } = await packed(world, caseId);
    expect(opened.files).toEqual(
      expect.arrayContaining(['index.html', 'readme.txt', 'data/sms.csv', 'index/sms-0001.html']),
    );
    expect(opened.text('readme.txt')).toContain('COPY OF THE PERSONAL DATA');
  });

  test('lists the package and the file of an earlier request, and does not pack that package again', async () => {
    const person = newPerson();
    await handIn(world, { recordClass: recordClasses.chat, triggerAt: when, now, subjects: () => [person] });
    const first = await reviewedCase(world, { identifiers: [person], now });
    const [earlier, packageId] = [randomUUID(), randomUUID()];
    await packageActivities(world).buildPackage({ caseId: first.caseId, controller: inps, now, packageId: earlier });
    const later = instantPlus(now, hours(1));
    const { caseId, manifest } = await reviewedCase(world, { identifiers: [person], now: later });
    expect(manifest.records).toBe(2);
    await packageActivities(world).buildPackage({ caseId, controller: inps, now: later, packageId });
    const opened = openPackage(await packageBytes(world, packageId));
    expect(dataSchema.parse(opened.json('dati/rights-request-package.json'))).toMatchObject([
      { status: 'included', files: [{ name: 'package.zip', status: 'earlier-copy' }] },
    ]);
    expect(opened.files.some((path) => path.endsWith('.zip'))).toBe(false);
    expect(opened.text('indice/rights-request-package-0001.html')).toContain('preparata per un’altra Sua richiesta');
    expect(opened.text('dati/chat.json')).toContain('"status":"included"');
  });

  test('for portability holds only what rests on consent or a contract, without what the controller adds', async () => {
    const person = newPerson();
    const byBasis = policyMap(world)
      .get('comune-di-milano')
      ?.recordClasses.find(({ legalBasisByField }) => legalBasisByField !== undefined);
    expect(byBasis?.id).toBe('survey-invitation');
    const consent = Object.entries(byBasis?.legalBasisByField?.bases ?? {}).find(
      ([, { article }]) => article === '6.1.a',
    );
    const [first] = await handIn(world, {
      controller: milano,
      recordClass: recordClasses.surveyInvitation,
      triggerAt: when,
      now,
      count: 2,
      subjects: () => [person],
    });
    await handIn(world, {
      controller: milano,
      recordClass: recordClasses.booking,
      triggerAt: when,
      now,
      subjects: () => [person],
    });
    expect(consent).toBeDefined();
    const { caseId, manifest } = await reviewedCase(world, {
      controller: milano,
      identifiers: [person],
      now,
      right: 'portability',
      decision: {
        outcome: 'granted',
        grounds: ['20.1'],
        lines: [
          { recordClass: recordClasses.surveyInvitation, result: 'granted', grounds: ['20.1'] },
          { recordClass: recordClasses.booking, result: 'denied', grounds: ['20.3'] },
        ],
      },
    });
    expect(manifest.records).toBe(3);
    // The search read each record's own basis; one of the two invitations rests on consent.
    await sql`ALTER TABLE manifest_record DISABLE TRIGGER USER`.execute(world.superuser());
    await sql`UPDATE manifest_record SET legal_basis = '{"article":"6.1.a","source":"consent"}' WHERE manifest_id = ${manifest.manifestId} AND record_id = ${first?.recordId ?? null}::uuid`.execute(
      world.superuser(),
    );
    await sql`ALTER TABLE manifest_record ENABLE TRIGGER USER`.execute(world.superuser());
    const { result, opened } = await packed(world, caseId, milano);
    expect(result.records).toBe(1);
    const data = dataSchema.parse(opened.json('dati/survey-invitation.json'));
    expect(data.map(({ recordId }) => recordId)).toEqual([first?.recordId]);
    expect(opened.text('dati/survey-invitation.json')).not.toContain('keptUntil');
    expect(opened.files.some((file) => file.includes('booking'))).toBe(false);
  });

  test('of 2,000 records holds each of them once', async () => {
    const person = newPerson();
    const sms = await handIn(world, {
      recordClass: recordClasses.sms,
      triggerAt: when,
      now,
      count: 1900,
      subjects: () => [person],
      text: (index) => `=${index}`,
    });
    const chats = await handIn(world, {
      recordClass: recordClasses.chat,
      triggerAt: when,
      now,
      count: 100,
      subjects: () => [person],
    });
    const { caseId } = await reviewedCase(world, { identifiers: [person], now });
    const { result, opened } = await packed(world, caseId);
    expect(result.records).toBe(2000);
    const ids = dataSchema.parse(opened.json('dati/sms.json')).map(({ recordId }) => recordId);
    expect(new Set(ids)).toEqual(new Set(sms.map(({ recordId }) => recordId)));
    expect(ids).toHaveLength(1900);
    expect(opened.text('dati/sms.csv').trimEnd().split('\r\n')).toHaveLength(1901);
    const pages = opened.files.filter((file) => file.startsWith('indice/sms-'));
    expect(pages).toHaveLength(8);
    const shown = pages.flatMap((page) =>
      [...opened.text(page).matchAll(/<th scope="row" id="r(\d+)">/g)].map(([, number]) => Number(number)),
    );
    expect(shown.sort((one, other) => one - other)).toEqual(Array.from({ length: 1900 }, (_, index) => 101 + index));
    expect(opened.files.filter((file) => file.startsWith('conversazioni/'))).toHaveLength(chats.length);
  });
});

describe('data inside the letter', () => {
  test('is the same as in the package where it is small, and absent where it is not', async () => {
    const person = newPerson();
    await handIn(world, {
      recordClass: recordClasses.sms,
      triggerAt: when,
      now,
      count: 3,
      subjects: () => [person],
      text: () => hostile,
    });
    const { caseId } = await reviewedCase(world, { identifiers: [person], now });
    const deps = {
      db: world.database('worker'),
      store: world.store('worker'),
      sealing: world.sealing,
      policies: policyMap(world),
    };
    const attachments = await smallDataAttachments(deps, { caseId, controller: inps, now });
    expect(attachments.map(({ name }) => name)).toEqual(['sms.json', 'sms.csv']);
    const { opened } = await packed(world, caseId);
    for (const { name, content } of attachments) expect(opened.bytes(`dati/${name}`).equals(content)).toBe(true);
    expect(await smallDataAttachments(deps, { caseId, controller: inps, now, maxBytes: 1000 })).toEqual([]);
  });
});
