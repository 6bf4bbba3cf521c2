/** Keys files for tests: keys made for the purpose, written to a folder that goes with the test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeys } from '../../stack/services/secrets.ts';
import type { OblioKeys } from '../../storage/sealing/sealing.ts';
import type { World } from './world.ts';

/** New keys, as they stand in memory: one sealing key, "1". */
export const newKeys = (): OblioKeys => ({
  identifierHashKey: randomBytes(32),
  sealingKeys: { '1': randomBytes(32) },
  currentSealingKey: '1',
});

/** A valid keys file that no database was used with yet. */
export const anotherKeysFile = (world: World): string => {
  const folder = mkdtempSync(join(tmpdir(), 'oblio-other-keys-'));
  world.defer(async () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify(makeKeys()));
  return file;
};
