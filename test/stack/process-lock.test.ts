// The lock between processes: one at a time, and a dead holder does not block anybody.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockHolder, processBirth, tryLock, waitForLock } from '../../stack/process/process-lock.mjs';
import { projectRoot } from '../../stack/process/project.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('lock');
const lockModule = JSON.stringify(join(projectRoot, 'stack', 'process', 'process-lock.mjs'));

function script(code: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', `import * as lock from ${lockModule};\n${code}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', resolve));
}

async function said(child: ChildProcess, word: string): Promise<void> {
  await new Promise<void>((resolve) =>
    child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes(word) && resolve()),
  );
}

describe('the lock between processes', () => {
  it('lets one process in at a time when many want it at once', async () => {
    const lock = join(folder, 'many');
    const counter = join(folder, 'counter');
    writeFileSync(counter, '0');
    const work = `
      import { readFileSync, writeFileSync } from 'node:fs';
      for (let turn = 0; turn < 5; turn += 1) {
        const release = await lock.waitForLock(${JSON.stringify(lock)}, 'counting');
        const before = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
        await new Promise((resolve) => setTimeout(resolve, 5));
        writeFileSync(${JSON.stringify(counter)}, String(before + 1));
        release();
      }`;
    const codes = await Promise.all(Array.from({ length: 6 }, () => ended(script(work))));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(readFileSync(counter, 'utf8')).toBe('30');
  });

  it('is free again when its holder was killed, and only one of those who waited gets it', async () => {
    const lock = join(folder, 'killed');
    const holder = script(
      `lock.tryLock(${JSON.stringify(lock)}, 'holding'); console.log('held'); setInterval(() => {}, 1000);`,
    );
    await said(holder, 'held');
    expect(tryLock(lock, 'test')).toBeUndefined();
    expect(lockHolder(lock)).toEqual({ pid: holder.pid, what: 'holding' });
    const gone = ended(holder);
    holder.kill('SIGKILL');
    await gone;
    const racers = Array.from({ length: 5 }, () =>
      script(
        `console.log(lock.tryLock(${JSON.stringify(lock)}, 'racing') ? 'won' : 'lost'); setInterval(() => {}, 1000);`,
      ),
    );
    const answers = await Promise.all(
      racers.map(
        (racer) =>
          new Promise<string>((resolve) =>
            racer.stdout?.on('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
          ),
      ),
    );
    expect(answers.filter((answer) => answer === 'won')).toHaveLength(1);
    // The winner lives until the last of them has tried: a slow machine starts them one after the other.
    const over = racers.map(ended);
    for (const racer of racers) racer.kill('SIGKILL');
    await Promise.all(over);
  });

  it('does not mistake a later process with the same number for the holder', () => {
    const lock = join(folder, 'reused');
    const release = tryLock(lock, 'first');
    expect(release).toBeTypeOf('function');
    const claim = join(lock, 'claim-1');
    expect(JSON.parse(readFileSync(claim, 'utf8'))).toMatchObject({
      pid: process.pid,
      birth: processBirth(process.pid),
    });
    writeFileSync(claim, JSON.stringify({ pid: process.pid, birth: 'another time', what: 'long ago' }));
    expect(lockHolder(lock)).toBeUndefined();
    expect(tryLock(lock, 'second')).toBeTypeOf('function');
  });

  it('says who holds it and gives up waiting when asked to', async () => {
    const lock = join(folder, 'waiting');
    const release = tryLock(lock, 'the first one');
    const stop = new AbortController();
    const holders: string[] = [];
    const waiting = waitForLock(
      lock,
      'the second',
      (holder) => holders.push(`${holder.pid} ${holder.what}`),
      stop.signal,
    );
    setTimeout(() => stop.abort(), 400);
    await expect(waiting).rejects.toThrow();
    expect(holders).toEqual([`${process.pid} the first one`]);
    release?.();
    expect(lockHolder(lock)).toBeUndefined();
  });
});
