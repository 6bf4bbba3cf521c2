/** Access packages on real services: complete, readable with standard tools, the same each time, and gone when their period ends. */
import { fork } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { smallDataAttachments } from '../../activities/package-attachments.ts';
import { openPackageSource, type SourceRecord } from '../../activities/package-source.ts';
import { caseId as asCaseId, type RecordId, unitId } from '../../domain/ids.ts';
import { type Instant, instant, instantPlus } from '../../domain/instant.ts';
import { readPackage } from '../../storage/packages/package-rows.ts';
import { plainWav } from '../letters/support/wav-files.ts';
import { expectGone, walkUnit } from '../support/erasing.ts';
import { handIn, inps, milano, recordClasses } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';
import type { moments } from './support/package-process.ts';
import {
  objectBytes,
  openPackage,
  packageActivities,
  packageBytes,
  policyMap,
  type Redaction,
  reviewedCase,
} from './support/packages.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'package' });
});
afterAll(() => world.close());

const now: Instant = instant('2026-03-10T09:00:00Z');
const when: Instant = instant('2026-03-01T23:30:00Z');
let people = 0;
/** A person of one test: nobody else shares the identifier. */
const newPerson = () => {
  people += 1;
  return { kind: 'controller-subject-id', value: `person-${people}-${randomUUID()}` } as const;
};

const dataSchema = z.array(
  z.object({
    recordId: z.string(),
    status: z.string(),
    text: z.string().optional(),
    certificate: z.string().optional(),
    files: z.array(
      z.looseObject({
        name: z.string(),
        status: z.string(),
        path: z.string().optional(),
        sha256: z.string().optional(),
      }),
    ),
    withheld: z.array(z.object({ what: z.string(), ground: z.string(), where: z.string() })),
  }),
);
const redaction = (recordId: RecordId, recordClass: string, what: Redaction['what'], where: string): Redaction => ({
  recordId,
  recordClass,
  what,
  ground: '15.4',
  where,
});

/** Places a restriction (Art. 18) on one record. */
const restrict = (recordId: RecordId) =>
  sql`
    WITH placed AS (
      INSERT INTO suspension (id, controller, kind, matter_reference, legal_basis, reason, placed_by, effective_at, review_on)
      VALUES (gen_random_uuid(), 'inps', 'restriction', 'test', 'GDPR Art. 18', 'test', 'dpo-1', ${new Date(now)}, '2027-01-01') RETURNING id)
    INSERT INTO suspension_clause (id, suspension_id, controller, added_at, record_id)
    SELECT gen_random_uuid(), id, 'inps', ${new Date(now)}, ${recordId}::uuid FROM placed`.execute(world.superuser());

const hostile = [
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.org","x")',
  '👩‍👩‍👧 שלום مرحبا 你好',
  'exe\u202etxt. bell\u0007',
  'parola '.repeat(1500),
].join('\n');

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
    const packageId = randomUUID();
    await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    const opened = openPackage(await packageBytes(world, packageId));
    expect(opened.files).toEqual(
      expect.arrayContaining(['index.html', 'readme.txt', 'data/sms.csv', 'index/sms-0001.html']),
    );
    expect(opened.text('readme.txt')).toContain('COPY OF YOUR PERSONAL DATA');
  });

  test('marks what the review withheld, and holds nothing of it', async () => {
    const person = newPerson();
    const secret = 'Lucia Bianchi';
    const text = `Ho parlato con ${secret} ieri`;
    const start = text.indexOf(secret);
    const hidden = randomBytes(5000);
    const shown = randomBytes(5000);
    const [passage, whole] = await handIn(world, {
      recordClass: recordClasses.chat,
      triggerAt: when,
      now,
      count: 2,
      subjects: () => [person],
      text: (index) => (index === 0 ? text : 'WHOLE SECRET'),
    });
    const calls = await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: when,
      now,
      count: 2,
      subjects: () => [person],
      objects: (index) => (index === 0 ? [hidden, shown] : [hidden]),
    });
    if (passage === undefined || whole === undefined || calls[0] === undefined || calls[1] === undefined)
      throw new Error('Nothing was handed in');
    const { caseId } = await reviewedCase(world, {
      identifiers: [person],
      now,
      redactions: [
        redaction(passage.recordId, 'chat', 'passage', `text ${start}-${start + secret.length - 1}`),
        redaction(whole.recordId, 'chat', 'whole-record', ''),
        redaction(calls[0].recordId, 'call-recording', 'object', 'object-0'),
        redaction(calls[1].recordId, 'call-recording', 'segment-of-recording', '12-15'),
      ],
    });
    const packageId = randomUUID();
    await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    const opened = openPackage(await packageBytes(world, packageId));
    for (const file of opened.files) {
      const content = opened.bytes(file);
      expect(content.includes('Lucia')).toBe(false);
      expect(content.includes('WHOLE SECRET')).toBe(false);
      expect(content.includes(hidden.subarray(0, 32))).toBe(false);
    }
    const chat = dataSchema.parse(opened.json('dati/chat.json'));
    expect(chat.find(({ recordId }) => recordId === passage.recordId)).toMatchObject({
      status: 'included',
      text: 'Ho parlato con [omesso: art. 15, par. 4, del Regolamento] ieri',
    });
    expect(chat.find(({ recordId }) => recordId === whole.recordId)).toMatchObject({
      status: 'withheld',
      withheld: [{ what: 'whole-record', ground: '15.4' }],
    });
    const [first, second] = [0, 1].map((at) =>
      dataSchema
        .parse(opened.json('dati/call-recording.json'))
        .find(({ recordId }) => recordId === calls[at]?.recordId),
    );
    expect(first?.files.map(({ status }) => status)).toEqual(['withheld', 'included']);
    expect(second?.files.map(({ status }) => status)).toEqual(['withheld']);
    expect(opened.text('indice/call-recording-0001.html')).toContain('un tratto dell’audio');
  });

  test('puts silence in the place of withheld segments, and withholds recordings in which none can be made', async () => {
    const person = newPerson();
    const wav = plainWav(4);
    const calls = await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: when,
      now,
      count: 3,
      subjects: () => [person],
      objects: (index) => (index === 1 ? [wav.subarray(0, 20_000)] : [wav]),
    });
    const [silenced, broken, untouched] = calls;
    if (silenced === undefined || broken === undefined || untouched === undefined)
      throw new Error('Three were handed in');
    const { caseId } = await reviewedCase(world, {
      identifiers: [person],
      now,
      redactions: [
        redaction(silenced.recordId, 'call-recording', 'segment-of-recording', 'object-0 1-1'),
        redaction(silenced.recordId, 'call-recording', 'segment-of-recording', '3.5-3.9'),
        redaction(broken.recordId, 'call-recording', 'segment-of-recording', '0-0'),
      ],
    });
    const packageId = randomUUID();
    await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    const opened = openPackage(await packageBytes(world, packageId));
    const data = dataSchema.parse(opened.json('dati/call-recording.json'));
    const fileOf = (recordId: RecordId) => data.find((one) => one.recordId === recordId)?.files[0];
    const expected = Buffer.from(wav);
    expected.fill(0, 44 + 16_000, 44 + 32_000).fill(0, 44 + 56_000, 44 + 64_000);
    const file = fileOf(silenced.recordId);
    expect(file?.status).toBe('redacted');
    const bytes = opened.bytes(file?.path ?? '');
    expect(bytes.equals(expected)).toBe(true);
    expect(file?.sha256).toBe(createHash('sha256').update(expected).digest('hex'));
    expect(fileOf(broken.recordId)?.status).toBe('withheld');
    expect(fileOf(untouched.recordId)?.status).toBe('included');
    expect(opened.bytes(fileOf(untouched.recordId)?.path ?? '').equals(wav)).toBe(true);
    expect(opened.files.filter((path) => path.endsWith('.wav'))).toHaveLength(2);
    expect(opened.json('manifest.json')).toMatchObject({
      files: expect.arrayContaining([
        expect.objectContaining({
          path: file?.path,
          withheld: [expect.objectContaining({ ground: '15.4' }), expect.anything()],
        }),
      ]),
    });
    const page = opened.text('indice/call-recording-0001.html');
    expect(page).toContain('con silenzio al posto di: ');
    expect(page).toContain('la registrazione intera, perché');
  });

  test('lists the package and the file of an earlier request, and does not pack that package again', async () => {
    const person = newPerson();
    await handIn(world, { recordClass: recordClasses.chat, triggerAt: when, now, subjects: () => [person] });
    const first = await reviewedCase(world, { identifiers: [person], now });
    const [earlier, packageId] = [randomUUID(), randomUUID()];
    await packageActivities(world).buildPackage({ caseId: first.caseId, controller: inps, now, packageId: earlier });
    const later = instantPlus(now, 3_600_000);
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

  test('tells of records that were erased or changed since the search, and leaves none out', async () => {
    const person = newPerson();
    const records = await handIn(world, {
      recordClass: recordClasses.chat,
      triggerAt: when,
      now,
      count: 4,
      subjects: () => [person],
      text: (index) => `words ${index}`,
      objects: () => [randomBytes(100)],
    });
    const [kept, erased, changed, changedPassage] = records;
    if (kept === undefined || erased === undefined || changed === undefined || changedPassage === undefined)
      throw new Error('Four records were handed in');
    const { caseId } = await reviewedCase(world, {
      identifiers: [person],
      now,
      redactions: [redaction(changedPassage.recordId, 'chat', 'passage', 'text 0-2')],
    });
    const gone = await world.gate().eraseNextChunk({
      unitId: erased.unit.id,
      now,
      basis: { kind: 'decision', caseId: asCaseId(caseId), recordIds: [erased.recordId] },
    });
    expect(gone).toMatchObject({ kind: 'chunk', gone: 1 });
    await sql`UPDATE record SET content_digest = ${Buffer.alloc(32)} WHERE id IN (${changed.recordId}, ${changedPassage.recordId})`.execute(
      world.superuser(),
    );
    const packageId = randomUUID();
    expect(await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId })).toMatchObject({
      records: 4,
    });
    const opened = openPackage(await packageBytes(world, packageId));
    const data = dataSchema.parse(opened.json('dati/chat.json'));
    const of = (recordId: RecordId) => data.find((one) => one.recordId === recordId);
    expect(of(kept.recordId)).toMatchObject({ status: 'included', text: 'words 0' });
    expect(of(erased.recordId)).toMatchObject({ status: 'erased-since-search', files: [] });
    expect(of(erased.recordId)?.certificate).toMatch(/^[0-9a-f-]{36}$/);
    expect(of(changed.recordId)).toMatchObject({ status: 'changed-since-search', text: 'words 2' });
    // The passage was found in other words: none of the new ones is given.
    expect(of(changedPassage.recordId)?.text).toBeUndefined();
    expect(opened.text('indice/chat-0001.html')).toContain('cancellata dopo la ricerca');
  });

  test('I11: also holds what is restricted, since the person asks for it, and that is on file', async () => {
    const person = newPerson();
    const [record] = await handIn(world, {
      recordClass: recordClasses.chat,
      triggerAt: when,
      now,
      subjects: () => [person],
      text: () => 'restricted words',
    });
    const { caseId } = await reviewedCase(world, { identifiers: [person], now });
    if (record === undefined) throw new Error('Nothing was handed in');
    await restrict(record.recordId);
    const packageId = randomUUID();
    await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    expect(openPackage(await packageBytes(world, packageId)).text('dati/chat.json')).toContain('restricted words');
    const entries = await world
      .database('api')
      .selectFrom('audit_entry')
      .select('action')
      .where('target_id', '=', record.recordId)
      .execute();
    expect(entries.map(({ action }) => action)).toContain('restricted-record-read');
  });

  test('I11: tells of a restricted record that may not be read for its purpose, and opens nothing of it', async () => {
    const person = newPerson();
    const [free, restricted, whole] = await handIn(world, {
      recordClass: recordClasses.chat,
      triggerAt: when,
      now,
      count: 3,
      subjects: () => [person],
      objects: () => [randomBytes(10)],
    });
    if (free === undefined || restricted === undefined || whole === undefined) throw new Error('Three were handed in');
    const { manifest } = await reviewedCase(world, { identifiers: [person], now });
    for (const { recordId } of [restricted, whole]) await restrict(recordId);
    const policy = policyMap(world).get('inps');
    if (policy === undefined) throw new Error('There is no policy of INPS');
    const source = await openPackageSource(
      { db: world.database('worker'), store: world.store('worker'), sealing: world.sealing },
      {
        controller: inps,
        manifestId: manifest.manifestId,
        policy,
        language: 'it',
        redactions: [
          {
            recordId: whole.recordId,
            recordClass: recordClasses.chat,
            what: 'whole-record',
            ground: '15.4',
            where: '',
          },
        ],
        // No purpose of Art. 18(2).
        reading: { purpose: { kind: 'ordinary' }, by: { actor: 'oblio', role: 'system' }, now },
        belongs: () => true,
      },
    );
    expect(source.classes).toMatchObject([{ records: 3, included: 1 }]);
    for (const words of [true, false]) {
      const read = new Map<RecordId, SourceRecord['record']>();
      for await (const batch of source.read(recordClasses.chat, { words }))
        for (const { record } of batch) read.set(record.recordId, record);
      expect(read.get(free.recordId)?.status).toBe('included');
      expect(read.get(restricted.recordId)).toMatchObject({ status: 'restricted', files: [] });
      expect(read.get(restricted.recordId)?.words).toBeUndefined();
      expect(read.get(whole.recordId)?.status).toBe('withheld');
      expect(read.get(whole.recordId)?.words).toBeUndefined();
    }
  });

  test('is refused before the review is confirmed, and where nothing was decided to be handed over', async () => {
    const person = newPerson();
    await handIn(world, { recordClass: recordClasses.sms, triggerAt: when, now, subjects: () => [person] });
    for (const [until, type] of [
      ['reviewed', 'review-open'],
      ['confirmed', 'nothing-to-hand-over'],
    ] as const) {
      const { caseId } = await reviewedCase(world, { identifiers: [person], now, until });
      const building = packageActivities(world).buildPackage({
        caseId,
        controller: inps,
        now,
        packageId: randomUUID(),
      });
      await expect(building).rejects.toMatchObject({ type, nonRetryable: true });
    }
  });

  test('larger than the store takes is refused, and nothing of it is left as a package', async () => {
    const person = newPerson();
    await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: when,
      now,
      subjects: () => [person],
      objects: () => [randomBytes(50_000)],
    });
    const { caseId } = await reviewedCase(world, { identifiers: [person], now });
    const packageId = randomUUID();
    const records = () =>
      world.database('worker').selectFrom('record').select('id').where('source_id', '=', packageId).execute();
    // Its files alone, and only with the words around them.
    for (const [maxSize, registered] of [
      [49_999, 0],
      [50_500, 1],
    ] as const) {
      const building = packageActivities(world, { maxSize }).buildPackage({ caseId, controller: inps, now, packageId });
      await expect(building).rejects.toMatchObject({ type: 'package-too-large', nonRetryable: true });
      expect(await records()).toHaveLength(registered);
      expect((await readPackage(world.database('worker'), packageId))?.result).toBeUndefined();
    }
    const result = await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    expect(openPackage(await packageBytes(world, packageId)).files).toHaveLength(result.files);
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
    const packageId = randomUUID();
    expect(await packageActivities(world).buildPackage({ caseId, controller: milano, now, packageId })).toMatchObject({
      records: 1,
    });
    const opened = openPackage(await packageBytes(world, packageId));
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
    const packageId = randomUUID();
    expect(await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId })).toMatchObject({
      records: 2000,
    });
    const opened = openPackage(await packageBytes(world, packageId));
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

describe('I9: once', () => {
  const scene = async () => {
    const person = newPerson();
    // More than two parts of an upload.
    await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: when,
      now,
      subjects: () => [person],
      objects: () => [randomBytes(16 * 1024 * 1024)],
    });
    await handIn(world, { recordClass: recordClasses.chat, triggerAt: when, now, count: 30, subjects: () => [person] });
    return reviewedCase(world, { identifiers: [person], now });
  };

  const rowsOf = async (caseId: string) => {
    const { rows } = await sql<{ id: string; record_id: string; objects: number; stored: number }>`
      SELECT package.id, record.id AS record_id, count(object.id)::int AS objects,
        (count(*) FILTER (WHERE object.state = 'stored'))::int AS stored
      FROM access_package AS package JOIN record ON record.source_id = package.id::text
      LEFT JOIN record_object AS object ON object.record_id = record.id
      WHERE package.case_id = ${caseId} GROUP BY package.id, record.id`.execute(world.superuser());
    return rows;
  };

  test('a repeated call gives the package that is there; another one of the same case is the same bytes save its id', async () => {
    const { caseId } = await scene();
    const packageId = randomUUID();
    const first = await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    const again = await packageActivities(world).buildPackage({
      caseId,
      controller: inps,
      now: instantPlus(now, 5000),
      packageId,
    });
    expect(again).toEqual(first);
    expect(await rowsOf(caseId)).toMatchObject([{ objects: 1, stored: 1 }]);
    const other = randomUUID();
    await packageActivities(world).buildPackage({
      caseId,
      controller: inps,
      now: instantPlus(now, 86_400_000),
      packageId: other,
    });
    const [one, two] = [
      openPackage(await packageBytes(world, packageId)),
      openPackage(await packageBytes(world, other)),
    ];
    expect(two.files).toEqual(one.files);
    for (const file of one.files) {
      const named = file === 'manifest.json' || file === 'SHA256SUMS';
      if (!named) expect(two.bytes(file).equals(one.bytes(file))).toBe(true);
    }
  });

  /** Every version that lies under the package's key. */
  const versionsOf = async (caseId: string, packageId: string): Promise<readonly Buffer[]> => {
    const stored = await readPackage(world.database('worker'), packageId);
    const prefix = `inps/rights-request-package/${stored?.result?.recordId ?? caseId}/`;
    const { versions } = await world.store('gate').listVersionsPage({ prefix });
    return Promise.all(versions.map(({ key, versionId }) => objectBytes(world, key, versionId)));
  };

  const killAt = async (moment: (typeof moments)[number], input: { caseId: string; packageId: string }) => {
    const settings = {
      databaseUrl: world.environment.OBLIO_WORKER_DATABASE_URL,
      keysFile: world.environment.OBLIO_KEYS_FILE,
      store: world.storeSettings('worker'),
      input: { ...input, controller: 'inps', now },
      dieAt: moment,
    };
    const child = fork(join(import.meta.dirname, 'support', 'package-process.ts'), [JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString('utf8');
    });
    const ended = once(child, 'exit');
    const arrived = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
    child.kill('SIGKILL');
    await ended;
    if (!arrived) throw new Error(`The process ended before it was killed: ${complaint}`);
  };

  test.each(['before-the-upload', 'in-the-upload', 'after-the-upload'] as const)(
    'killed %s and run again, there is one package, whole, and nothing of it is left after its period',
    async (moment) => {
      const { caseId } = await scene();
      const [packageId, compared] = [randomUUID(), randomUUID()];
      await killAt(moment, { caseId, packageId });
      expect((await readPackage(world.database('worker'), packageId))?.result).toBeUndefined();
      const result = await packageActivities(world).buildPackage({
        caseId,
        controller: inps,
        now: instantPlus(now, 60_000),
        packageId,
      });
      expect(await rowsOf(caseId)).toMatchObject([{ objects: 1, stored: 1 }]);
      const bytes = await packageBytes(world, packageId);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.sha256);
      expect(openPackage(bytes).files).toHaveLength(result.files);
      // Whatever an earlier attempt finished is the same, byte by byte.
      const written = await versionsOf(caseId, packageId);
      expect(written).toHaveLength(moment === 'after-the-upload' ? 2 : 1);
      for (const version of written) expect(version.equals(bytes)).toBe(true);
      // An attempt that nobody killed makes the same of the same records.
      const other = await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId: compared });
      expect({ files: other.files, records: other.records }).toEqual({ files: result.files, records: result.records });

      await sql`UPDATE suspension SET state = 'released', released_at = now() WHERE matter_reference = ${caseId} OR id = (SELECT suspension_id FROM request_case WHERE id = ${caseId})`.execute(
        world.superuser(),
      );
      await sql`UPDATE suspension_clause SET ended_at = now() WHERE suspension_id = (SELECT suspension_id FROM request_case WHERE id = ${caseId})`.execute(
        world.superuser(),
      );
      const stored = await readPackage(world.database('worker'), packageId);
      const recordId = stored?.result?.recordId;
      if (recordId === undefined) throw new Error('The package has no record');
      const unit = await world
        .database('worker')
        .selectFrom('record')
        .innerJoin('retention_unit', 'retention_unit.id', 'record.unit_id')
        .select(['retention_unit.id', 'retention_unit.due_at', 'retention_unit.bound_day'])
        .where('record.id', '=', recordId)
        .executeTakeFirstOrThrow();
      // At most 60 days from when it was made.
      expect(unit.bound_day).toBe('2026-05-09');
      await walkUnit(world.gate(), { unitId: unitId(unit.id), now: instant(unit.due_at.toISOString()), limit: 10 });
      await expectGone(world, [recordId]);
      const key = `inps/rights-request-package/${recordId}/${stored?.result?.objectId}`;
      expect(await world.store('gate').listUnfinishedUploads(key)).toEqual([]);
      // What was handed over, and when, stays with the case file.
      expect((await readPackage(world.database('worker'), packageId))?.result?.sha256.toString('hex')).toBe(
        result.sha256,
      );
    },
  );
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
    const packageId = randomUUID();
    await packageActivities(world).buildPackage({ caseId, controller: inps, now, packageId });
    const opened = openPackage(await packageBytes(world, packageId));
    for (const { name, content } of attachments) expect(opened.bytes(`dati/${name}`).equals(content)).toBe(true);
    expect(await smallDataAttachments(deps, { caseId, controller: inps, now, maxBytes: 1000 })).toEqual([]);
  });
});
