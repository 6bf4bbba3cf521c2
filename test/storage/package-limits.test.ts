import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPackageSource, type SourceRecord } from '../../activities/request/package/source.ts';
import { caseId as asCaseId, type RecordId } from '../../domain/ids.ts';
import { readPackage } from '../../storage/packages/package-rows.ts';
import { plainWav } from '../rules/letters/support/wav-files.ts';
import { handIn, inps, recordClasses } from '../support/records.ts';
import { dataSchema, newPerson, now, packed, when } from '../support/requests/package-scenes.ts';
import {
  openPackage,
  packageActivities,
  packageBytes,
  policyMap,
  type Redaction,
  reviewedCase,
} from '../support/requests/packages.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'package-limits' });
});
afterAll(() => world.close());

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

describe('a package', () => {
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
    const { opened } = await packed(world, caseId);
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
    const { opened } = await packed(world, caseId);
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
    const { result, opened } = await packed(world, caseId);
    expect(result.records).toBe(4);
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
    expect((await packed(world, caseId)).opened.text('dati/chat.json')).toContain('restricted words');
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
});
