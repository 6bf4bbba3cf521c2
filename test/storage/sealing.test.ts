/** Sealing and keyed hashes: only the right key and the right row open a content, and no two identifiers meet by accident. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { controllerId, recordClassId } from '../../domain/ids.ts';
import { createSealing, readKeysFile } from '../../storage/sealing/sealing.ts';
import { newKeys as keys } from '../support/keys-files.ts';

const inps = controllerId('inps');
const milano = controllerId('comune-di-milano');

describe('sealing', () => {
  const sealing = createSealing(keys());

  test('what was sealed opens for its own row, and twice the same content looks different', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.uuid(), (plain, row) => {
        const sealed = sealing.seal(plain, row);
        expect(sealing.open(sealed, row).equals(Buffer.from(plain))).toBe(true);
        expect(sealing.seal(plain, row).equals(sealed)).toBe(false);
      }),
    );
  });

  test('it does not open for another row, nor after any byte was changed, nor cut short', () => {
    const sealed = sealing.seal(Buffer.from('the content'), 'row-1');
    expect(() => sealing.open(sealed, 'row-2')).toThrow(/does not open/);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => sealing.open(changed, 'row-1')).toThrow();
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => sealing.open(sealed.subarray(0, length), 'row-1')).toThrow();
  });

  test('after a change of keys old contents open and new ones use the new key', () => {
    const old = keys();
    const sealed = createSealing(old).seal(Buffer.from('x'), 'row');
    const changed = createSealing({
      ...old,
      sealingKeys: { ...old.sealingKeys, '2': randomBytes(32) },
      currentSealingKey: '2',
    });
    expect(changed.open(sealed, 'row').toString()).toBe('x');
    const renewed = changed.seal(Buffer.from('x'), 'row');
    expect(() => createSealing(old).open(renewed, 'row')).toThrow(/no sealing key "2"/);
  });
});

describe('keyed hashes', () => {
  const own = keys();
  const sealing = createSealing(own);

  test('depend on the key, the purpose, the controller and every part, and on the borders between the parts', () => {
    const subject = sealing.subjectKey({ controller: inps, kind: 'email', value: 'a@example.it' });
    expect(sealing.subjectKey({ controller: inps, kind: 'email', value: 'a@example.it' }).equals(subject)).toBe(true);
    const others = [
      createSealing(keys()).subjectKey({ controller: inps, kind: 'email', value: 'a@example.it' }),
      sealing.subjectKey({ controller: milano, kind: 'email', value: 'a@example.it' }),
      sealing.subjectKey({ controller: inps, kind: 'phone', value: 'a@example.it' }),
      sealing.subjectKey({ controller: inps, kind: 'email', value: 'b@example.it' }),
      sealing.subjectKey({ controller: inps, kind: 'emaila', value: '@example.it' }),
      sealing.attributeKey({ controller: inps, name: 'email', value: 'a@example.it' }),
      sealing.sourceKey({ controller: inps, recordClass: recordClassId('email'), sourceId: 'a@example.it' }),
      sealing.contentDigest(JSON.stringify(['inps', 'email', 'a@example.it'])),
    ].map((hash) => hash.toString('hex'));
    expect(new Set([subject.toString('hex'), ...others]).size).toBe(others.length + 1);
  });

  test('tell nothing without the key: none holds the identifier', () => {
    const hash = sealing.subjectKey({ controller: inps, kind: 'email', value: 'marker@example.it' });
    expect(hash.length).toBe(32);
    expect(hash.toString('latin1')).not.toContain('marker');
  });
});

describe('the keys file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oblio-keys-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (content: string): string => {
    const path = join(folder, `${randomBytes(4).toString('hex')}.json`);
    writeFileSync(path, content);
    return path;
  };
  const good = {
    identifierHashKey: randomBytes(32).toString('base64'),
    sealingKeys: { '1': randomBytes(32).toString('base64') },
    currentSealingKey: '1',
  };

  test('is read', async () => {
    expect((await readKeysFile(file(JSON.stringify(good)))).currentSealingKey).toBe('1');
  });

  const secret = randomBytes(31).toString('base64');
  test.each([
    ['that is not there', undefined, /cannot be read: ENOENT/],
    ['that is no JSON', `{ "identifierHashKey": "${secret}"`, /is no JSON/],
    [
      'with a key too short',
      JSON.stringify({ ...good, identifierHashKey: secret }),
      /must be 32 bytes[\s\S]*identifierHashKey/,
    ],
    [
      'whose current key is missing',
      JSON.stringify({ ...good, currentSealingKey: '9' }),
      /names no key[\s\S]*currentSealingKey/,
    ],
  ])('%s is refused with its reason, and never quoted', async (_what, content, reason) => {
    const path = content === undefined ? join(folder, 'nowhere.json') : file(content);
    const refusal = await readKeysFile(path).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(reason);
    expect(String(refusal)).not.toContain(secret);
  });
});
