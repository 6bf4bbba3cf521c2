// What the stack remembers in its data folder, damaged or lost: said by name and with what to do, never replaced in silence.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePorts, rememberedInternalPorts } from '../../stack/process/ports.ts';
import { explained, StackError } from '../../stack/process/stack-error.ts';
import { credentialsFileOf, loadCredentials } from '../../stack/services/credentials.ts';
import { ensureSecrets } from '../../stack/services/secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder('stored-state');
const dataFolder = (): string => mkdtempSync(join(root, 'data-'));

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('passwords of the local services', () => {
  it('are made once, for their owner alone', () => {
    const folder = dataFolder();
    const made = loadCredentials(folder);
    expect(loadCredentials(folder)).toEqual(made);
    expect((statSync(credentialsFileOf(folder)).mode & 0o777).toString(8)).toBe('600');
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, 60)],
    ['empty', () => ''],
    ['another file', () => '{"postgresSuperuser":"short"}'],
  ])('%s: the file is named, nothing of it is quoted, and it is left as it is', (_what, damage) => {
    const folder = dataFolder();
    const { postgresSuperuser } = loadCredentials(folder);
    const file = credentialsFileOf(folder);
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const before = readFileSync(file, 'utf8');
    const error = thrownBy(() => loadCredentials(folder));
    expect(error).toBeInstanceOf(StackError);
    expect(String(error)).toContain(file);
    expect(String(error)).toContain('Restore it');
    expect(String(error)).not.toContain(postgresSuperuser.slice(0, 8));
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('are not made anew beside data that know the old ones', () => {
    const folder = dataFolder();
    mkdirSync(join(folder, 'postgres'));
    expect(thrownBy(() => loadCredentials(folder))).toMatchObject({ message: expect.stringContaining('is gone') });
    expect(existsSync(credentialsFileOf(folder))).toBe(false);
  });
});

describe('keys of the application', () => {
  it('are not made anew in a folder that was started before: what they sealed would be lost without a word', async () => {
    const folder = dataFolder();
    const { keysFile } = await ensureSecrets(folder);
    loadCredentials(folder);
    const keys = readFileSync(keysFile, 'utf8');
    await ensureSecrets(folder);
    expect(readFileSync(keysFile, 'utf8')).toBe(keys);
    rmSync(keysFile);
    await expect(ensureSecrets(folder)).rejects.toThrow(`${keysFile} is gone`);
    expect(existsSync(keysFile)).toBe(false);
  });
});

describe('remembered ports', () => {
  it('that are damaged are chosen anew', async () => {
    const file = join(dataFolder(), 'ports.json');
    writeFileSync(file, '{"history": 2');
    const ports = await rememberedInternalPorts(file, await freePorts());
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(ports);
  });
});

describe('what the person at the terminal reads', () => {
  it('of a full disk: that it is full, where the data are, and that nothing is lost', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(explained(full, '/data/oblio')).toMatch(/no space left on the disk.*\/data\/oblio/s);
  });

  it('of an unforeseen fault: all there is', () => {
    const unforeseen = new TypeError('x is undefined');
    expect(explained(unforeseen, '/data/oblio')).toBe(unforeseen);
  });
});
