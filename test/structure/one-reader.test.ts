/** I11: one reader. Nothing reads content or objects of records past the decision on restriction; planting a reader is found out. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesLookedAt } from './destruction.ts';
import { findReaders, staleExceptions } from './readers.ts';

const root = join(import.meta.dirname, '..', '..');

test('I11: nothing reads content or objects past the one decision', () => {
  expect(findReaders(root)).toEqual([]);
});

test('I11: each exception is still needed', () => {
  expect(staleExceptions(root)).toEqual([]);
});

describe('planted, it is found', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'oblio-one-reader-'));
    for (const file of filesLookedAt(root)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(root, file), join(copy, file));
    }
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const planted = [
    { file: 'storage/records/find-record.ts', text: "db.selectFrom('record').select('sealed_content')" },
    { file: 'storage/records/find-record.ts', text: "db.selectFrom('record').selectAll()" },
    { file: 'storage/manifests/planted.ts', text: 'await sql`SELECT record.* FROM record`.execute(db);' },
    { file: 'storage/units/units.ts', text: 'await sql`select *\n from record where id = 1`.execute(db);' },
    { file: 'storage/units/units.ts', text: 'await sql`SELECT to_jsonb(record) FROM record`.execute(db);' },
    { file: 'activities/planted.ts', text: 'const content = openContent(sealing, id, bytes);' },
    { file: 'api/records/planted.ts', text: 'const bytes = await deps.objectStore.get({ key, versionId });' },
    { file: 'api/records/planted.ts', text: 'const bytes = await parts.objects.get({ key });' },
    { file: 'activities/planted.ts', text: 'const { get } = deps.store;' },
    { file: 'activities/planted.ts', text: "world.store('worker')\n  .get({ versionId, key })" },
    { file: 'worker/planted.ts', text: 'await client.getObject(bucket, key);' },
    { file: 'api/planted.ts', text: 'await client.presignedGetObject(bucket, key);' },
    { file: 'commands/planted.ts', text: 'new GetObjectCommand({ Bucket: bucket })' },
  ];

  test.each(planted)('I11: $text in $file', ({ file, text }) => {
    const path = join(copy, file);
    const existed = filesLookedAt(copy).includes(file);
    mkdirSync(dirname(path), { recursive: true });
    const before = findReaders(copy).length;
    appendFileSync(path, `\n${text}\n`);
    try {
      expect(findReaders(copy).filter((one) => one.file === file)).not.toEqual([]);
      expect(findReaders(copy).length).toBeGreaterThan(before);
    } finally {
      if (existed) cpSync(join(root, file), path);
      else rmSync(path);
    }
  });
});
