// What every npm script begins with: installing what the lock file says, once, and running a file on the project's own Node.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { whyInstall } from '../../stack/process/bootstrap.mjs';
import { projectRoot } from '../../stack/process/project.ts';
import { processesOf } from './own-stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('bootstrap');
const locked = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'small' },
    'node_modules/node': { version: '24.21.0', integrity: 'sha512-n' },
    'node_modules/elsewhere': { version: '1.0.0', integrity: 'sha512-e', optional: true },
  },
};
const installed = { packages: { 'node_modules/node': { version: '24.21.0', integrity: 'sha512-n' } } };

/** A small project that installs with a stand-in for npm: it notes each call, takes half a second and puts Node where npm would. */
function smallProject(name: string): { root: string; installs: () => string[] } {
  const root = join(folder, name);
  mkdirSync(join(root, 'stack', 'process'), { recursive: true });
  for (const file of ['bootstrap.mjs', 'process-lock.mjs', 'leave-with-parent.mjs']) {
    cpSync(join(projectRoot, 'stack', 'process', file), join(root, 'stack', 'process', file));
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(locked));
  writeFileSync(join(root, 'calls'), '');
  writeFileSync(
    join(root, 'npm.cjs'),
    `const { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
    appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
    if (process.env.NPM_FAILS) process.exit(1);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    rmSync('node_modules', { recursive: true, force: true });
    mkdirSync('node_modules/.bin', { recursive: true });
    symlinkSync(${JSON.stringify(process.execPath)}, 'node_modules/.bin/node');
    writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(JSON.stringify(installed))});`,
  );
  return { root, installs: () => readFileSync(join(root, 'calls'), 'utf8').split('\n').filter(Boolean) };
}

type Run = { child: ChildProcess; output: () => string; code: Promise<number | null> };

function run(root: string, entry: string, args: string[] = [], more: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [join(root, 'stack', 'process', 'bootstrap.mjs'), entry, ...args], {
    env: { PATH: process.env.PATH, HOME: folder, npm_execpath: join(root, 'npm.cjs'), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output, code: new Promise((resolve) => child.on('close', resolve)) };
}

describe('the bootstrap of every npm script', () => {
  it('installs what is not installed, then runs the TypeScript file with its arguments and hands its exit code on', async () => {
    const { root, installs } = smallProject('first');
    writeFileSync(
      join(root, 'entry.ts'),
      `const words: string[] = process.argv.slice(2); console.log(words.join('+')); process.exitCode = 7;`,
    );
    const first = run(root, 'entry.ts', ['one', '--two']);
    expect(await first.code).toBe(7);
    expect(first.output()).toContain('Installing the packages that package-lock.json names (nothing is installed yet)');
    expect(first.output()).toContain('one+--two');
    const second = run(root, 'entry.ts', ['again']);
    expect(await second.code).toBe(7);
    expect(second.output()).toBe('again\n');
    expect(installs()).toEqual(['ci --include=dev --no-audit --no-fund']);
  });

  it('two at once in one checkout install once; the second says for whom it waits', async () => {
    const { root, installs } = smallProject('two');
    writeFileSync(join(root, 'entry.ts'), `console.log('ran');`);
    const runs = [run(root, 'entry.ts'), run(root, 'entry.ts')];
    expect(await Promise.all(runs.map(({ code }) => code))).toEqual([0, 0]);
    expect(installs()).toHaveLength(1);
    expect(runs.map(({ output }) => output()).join('')).toMatch(
      /Process \d+ is installing the packages; waiting for it\./,
    );
  });

  it('a failing installation ends it with a word on what to do, and nothing is run', async () => {
    const { root } = smallProject('failing');
    writeFileSync(join(root, 'entry.ts'), `console.log('ran');`);
    const failing = run(root, 'entry.ts', [], { NPM_FAILS: '1' });
    expect(await failing.code).toBe(1);
    expect(failing.output()).toContain('npm ci failed');
    expect(failing.output()).not.toContain('ran');
  });

  it('knows when the installation differs from the lock file, and why', () => {
    const { root } = smallProject('differs');
    expect(whyInstall(root)).toBe('nothing is installed yet');
    mkdirSync(join(root, 'node_modules'));
    const hidden = (packages: object): void =>
      writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
    hidden(installed.packages);
    expect(whyInstall(root)).toBeUndefined();
    hidden({});
    expect(whyInstall(root)).toBe('node_modules/node is missing');
    hidden({ 'node_modules/node': { version: '24.20.0', integrity: 'sha512-n' } });
    expect(whyInstall(root)).toBe('node_modules/node is another version');
    hidden({ ...installed.packages, 'node_modules/old': { version: '1.0.0' } });
    expect(whyInstall(root)).toBe('node_modules/old is not in package-lock.json');
  });

  it('the lock file names every package of every system, without which npm ci refuses it', () => {
    const entry = z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) });
    const { packages } = z
      .object({ packages: z.record(z.string(), entry) })
      .parse(JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')));
    const absent = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
      ),
    );
    expect(absent).toEqual([]);
  });

  it('hands signals on and ends with the exit code of the file', async () => {
    const { root } = smallProject('signals');
    writeFileSync(
      join(root, 'entry.ts'),
      `setInterval(() => {}, 1000); process.on('SIGTERM', () => { console.log('stopping'); process.exit(3); }); console.log('up');`,
    );
    const running = run(root, 'entry.ts');
    await expect.poll(() => running.output()).toContain('up');
    running.child.kill('SIGTERM');
    expect(await running.code).toBe(3);
    expect(running.output()).toContain('stopping');
  });

  it('when it is killed with SIGKILL the file it runs is told to stop, and stops', async () => {
    const { root } = smallProject('killed');
    writeFileSync(join(root, 'entry.ts'), `setInterval(() => {}, 1000); console.log('up');`);
    const running = run(root, 'entry.ts');
    await expect.poll(() => running.output()).toContain('up');
    expect(processesOf(join(root, 'entry.ts'))).toHaveLength(1);
    running.child.kill('SIGKILL');
    await expect.poll(() => processesOf(join(root, 'entry.ts'))).toEqual([]);
  });
});
