/** I5: one gate. Nothing else in the repository can destroy records or objects; planting something that can is found out. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesLookedAt, findDestruction } from './destruction.ts';

const root = join(import.meta.dirname, '..', '..');
const outside = new Set(['docs', 'test', 'bench', 'node_modules', 'demo-output', 'dist', 'coverage']);

test('nothing outside of the gate can destroy', () => {
  expect(findDestruction(root)).toEqual([]);
});

test('every room is looked at', () => {
  const looked = filesLookedAt(root);
  const rooms = readdirSync(root).filter(
    (entry) => !entry.startsWith('.') && !outside.has(entry) && statSync(join(root, entry)).isDirectory(),
  );
  for (const room of [
    'domain',
    'storage',
    'api',
    'activities',
    'workflows',
    'worker',
    'migrations',
    'stack',
    'commands',
    'deploy',
  ]) {
    expect(rooms).toContain(room);
  }
  for (const room of rooms) expect(looked.some((file) => file.startsWith(`${room}/`))).toBe(true);
  expect(looked).toContain('package.json');
  // Pages are not looked at, so nothing else may lie beside them.
  expect(readdirSync(join(root, 'docs')).filter((name) => !name.endsWith('.md'))).toEqual([]);
});

describe('planted, it is found', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'oblio-one-gate-'));
    for (const file of filesLookedAt(root)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(root, file), join(copy, file));
    }
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test('the copy itself is clean', () => {
    expect(findDestruction(copy)).toEqual([]);
  });

  const planted = [
    { file: 'storage/units/units.ts', text: "await db.deleteFrom('record').where('id', '=', id).execute();" },
    {
      file: 'storage/suspensions/planted.ts',
      text: 'await sql`DELETE FROM record_object WHERE id = $' + '{id}`.execute(tx);',
    },
    { file: 'storage/records/find-record.ts', text: "const statement = 'delete\\n  from record';" },
    { file: 'api/planted.ts', text: 'await sql`delete\n      from only record`.execute(db);' },
    { file: 'api/records/planted.ts', text: 'await store.removeObject(bucket, key, { versionId });' },
    { file: 'activities/planted.ts', text: 'const { removeObjects } = client;' },
    { file: 'worker/planted.ts', text: "client['removeObject'](bucket, key);" },
    { file: 'worker/bundle.mts', text: 'await client.abortMultipartUpload(bucket, key, id);' },
    { file: 'stack/planted.ts', text: 'await client.setBucketLifecycle(bucket, { Rule: [] });' },
    { file: 'stack/planted.mjs', text: 'await client.removeIncompleteUpload(bucket, key);' },
    { file: 'commands/planted.ts', text: 'await sql`TRUNCATE record CASCADE`.execute(db);' },
    { file: 'commands/tidy.sh', text: 'mc rm --recursive --force oblio/oblio-records' },
    { file: 'demo/planted.ts', text: 'new DeleteObjectsCommand({ Bucket: bucket })' },
    { file: 'demo/fetching.ts', text: "await fetch(url, { method: 'DELETE' });" },
    {
      file: 'migrations/9999-planted.ts',
      text: 'ALTER TABLE record_subject ADD CONSTRAINT x FOREIGN KEY (record_id) REFERENCES record (id) ON DELETE CASCADE;',
    },
    { file: 'migrations/9999-rights.ts', text: 'GRANT SELECT, DELETE ON record TO oblio_worker;' },
    { file: 'migrations/9999-all.ts', text: 'GRANT ALL ON ALL TABLES IN SCHEMA public TO oblio_api;' },
    { file: 'migrations/9999-drop.sql', text: 'drop table record;' },
    { file: 'storage/merging.ts', text: "db.mergeInto('record').using('x', 'a', 'b').whenMatched().thenDelete()" },
    { file: 'storage/merging.sql', text: 'MERGE INTO record USING x ON TRUE WHEN MATCHED THEN DELETE;' },
    { file: 'storage/overriding.ts', text: 'await client.getObject(bucket, key, { governanceBypass: true });' },
    { file: 'deploy/store-policies/worker.json', text: '{ "Action": ["s3:DeleteObjectVersion"] }' },
    { file: 'deploy/store-policies/api.json', text: '{ "Action": ["s3:AbortMultipartUpload"] }' },
    { file: 'deploy/store-policies/other.json', text: '{ "Action": ["s3:*"] }' },
    { file: 'policies/planted.yaml', text: 'after: "mc ilm rule add oblio/oblio-records --expire-days 1"' },
    { file: 'a-room-nobody-thought-of/planted.ts', text: "db.deleteFrom('record')" },
    { file: '.ci/run', text: 'psql -c "delete from record"' },
  ];

  test.each(planted)('$text in $file', ({ file, text }) => {
    const path = join(copy, file);
    const existed = filesLookedAt(copy).includes(file);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `\n${text}\n`);
    try {
      const found = findDestruction(copy);
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found.map((one) => one.file))).toEqual(new Set([file]));
    } finally {
      if (existed) cpSync(join(root, file), path);
      else rmSync(path);
    }
  });

  test('inside the gate it is no finding', () => {
    const path = join(copy, 'storage/erasure-gate/planted.ts');
    writeFileSync(path, "db.deleteFrom('record');");
    try {
      expect(findDestruction(copy)).toEqual([]);
    } finally {
      rmSync(path);
    }
  });
});
