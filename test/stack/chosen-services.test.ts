// Which store and which Temporal a data folder gets: what it was begun with it keeps, and nothing in it is lost for a newer default.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChosenServices, chooseServices } from '../../stack/services/chosen-services.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder('chosen');
const here = { store: true, temporal: true };

/** A machine with programs of these names on PATH that answer as the prebuilt ones do, and with nothing else. */
function machine(...names: readonly ('weed' | 'temporal')[]): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(root, 'bin-'));
  const answers = {
    weed: 'version 8000GB 4.48 pypi linux amd64',
    temporal: 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)',
  };
  for (const name of names) writeFileSync(join(bin, name), `#!/bin/sh\necho '${answers[name]}'\n`, { mode: 0o755 });
  return { PATH: bin, HOME: root, OBLIO_CACHE: join(bin, 'cache') };
}

async function choose(
  dataFolder: string,
  wanted: Partial<ChosenServices> = {},
  environment = machine('weed', 'temporal'),
): Promise<{ chosen: ChosenServices; lines: string[] }> {
  const lines: string[] = [];
  const chosen = await chooseServices(dataFolder, wanted, here, { environment, log: (line) => lines.push(line) });
  return { chosen, lines };
}

const dataFolder = (): string => mkdtempSync(join(root, 'data-'));

/** A folder as the version before this one left it: MinIO's objects, and Temporal's databases in Postgres. */
function begunEarlier(): string {
  const folder = dataFolder();
  mkdirSync(join(folder, 'objects', '.minio.sys'), { recursive: true });
  writeFileSync(join(folder, 'temporal.json'), JSON.stringify({ historyShards: 512, schemaOf: 'v1.32.2' }));
  return folder;
}

describe('the services of a data folder', () => {
  it('are the prebuilt ones where it is new, and stay so', async () => {
    const folder = dataFolder();
    expect(await choose(folder)).toEqual({ chosen: { store: 'seaweedfs', temporal: 'sqlite' }, lines: [] });
    expect(JSON.parse(readFileSync(join(folder, 'chosen-services.json'), 'utf8'))).toEqual({
      store: 'seaweedfs',
      temporal: 'sqlite',
    });
    expect((await choose(folder, {}, machine())).chosen).toEqual({ store: 'seaweedfs', temporal: 'sqlite' });
  });

  it('are MinIO and Temporal on Postgres where their data lie: said once, and remembered', async () => {
    const folder = begunEarlier();
    const { chosen, lines } = await choose(folder);
    expect(chosen).toEqual({ store: 'minio', temporal: 'postgres' });
    expect(lines).toEqual([
      `${folder} was begun with MinIO: it goes on with it, so that nothing in it is lost.`,
      `${folder} was begun with Temporal on Postgres: it goes on with it, so that nothing in it is lost.`,
    ]);
    expect(await choose(folder)).toEqual({ chosen, lines: [] });
  });

  it('are those that Go builds where the prebuilt ones cannot be had, which is said', async () => {
    const { chosen, lines } = await choose(dataFolder(), {}, machine('temporal'));
    expect(chosen).toEqual({ store: 'minio', temporal: 'sqlite' });
    expect(lines).toEqual([expect.stringContaining('MinIO is built with Go instead')]);
  });

  it('are those asked for where the folder is new; another one than its data need is refused', async () => {
    const folder = dataFolder();
    expect((await choose(folder, { store: 'minio', temporal: 'postgres' })).chosen).toEqual({
      store: 'minio',
      temporal: 'postgres',
    });
    await expect(choose(folder, { store: 'seaweedfs' })).rejects.toThrow(
      /was begun with MinIO, and its data lie there; OBLIO_STORE asks for SeaweedFS/,
    );
    await expect(choose(begunEarlier(), { temporal: 'sqlite' })).rejects.toThrow(/OBLIO_TEMPORAL_STORAGE/);
  });

  it('that run elsewhere are not chosen, and what the folder holds of its own is not forgotten', async () => {
    const folder = begunEarlier();
    const options = { environment: machine('weed', 'temporal'), log: () => {} };
    await chooseServices(folder, {}, { store: false, temporal: false }, options);
    expect((await choose(folder)).chosen).toEqual({ store: 'minio', temporal: 'postgres' });
  });
});
