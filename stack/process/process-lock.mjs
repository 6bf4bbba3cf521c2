// A lock between processes that needs no library and no file that must be deleted by hand: a lock whose holder has died is free.
//
// The lock is a folder of numbered claims. The highest number decides: its process holds the lock while it lives and has not released it.
// Taking the lock means creating the next number, which the file system grants to exactly one process; a claim is only ever removed
// once a higher one exists. Removing a stale lock file and creating a new one, the usual way, lets two waiters remove each other's.
// Plain JavaScript, so that the bootstrap can use it on Node 20 before anything is installed.

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const claimPattern = /^claim-(\d+)$/;

/** When the process was started, in a form that only serves to distinguish it from another process that got the same number later; '' if there is none. */
export function processBirth(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie (state Z) holds nothing any more: only its parent has not looked yet.
      return fields[0] === 'Z' ? '' : (fields[19] ?? '');
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

function highestClaim(folder) {
  let highest = 0;
  for (const name of readdirSync(folder)) {
    const match = claimPattern.exec(name);
    if (match) highest = Math.max(highest, Number(match[1]));
  }
  return highest;
}

function readClaim(folder, number) {
  try {
    return JSON.parse(readFileSync(join(folder, `claim-${number}`), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The living process that holds the lock, or undefined if it is free. */
export function lockHolder(folder) {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const number = highestClaim(folder);
    if (number === 0) return undefined;
    const claim = readClaim(folder, number);
    // Gone between listing and reading: a higher one has taken its place.
    if (claim === undefined && highestClaim(folder) !== number) continue;
    if (claim === undefined || claim.released === true) return undefined;
    return claim.birth !== '' && processBirth(claim.pid) === claim.birth
      ? { pid: claim.pid, what: claim.what }
      : undefined;
  }
}

/** Takes the lock if it is free: returns the function that releases it, or undefined when another living process (or this one) holds it. */
export function tryLock(folder, what) {
  mkdirSync(folder, { recursive: true });
  const claim = { pid: process.pid, birth: processBirth(process.pid), what };
  const draft = join(folder, `draft-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    writeFileSync(draft, JSON.stringify(claim), { mode: 0o600 });
    for (;;) {
      const highest = highestClaim(folder);
      if (lockHolder(folder) !== undefined) return undefined;
      const number = highest + 1;
      const path = join(folder, `claim-${number}`);
      try {
        linkSync(draft, path);
      } catch (error) {
        if (error.code === 'EEXIST') continue;
        throw error;
      }
      if (highestClaim(folder) !== number) {
        // The list was read before others came and went: a higher claim exists, so this one never counted.
        rmSync(path, { force: true });
        continue;
      }
      for (const name of readdirSync(folder)) {
        const match = claimPattern.exec(name);
        if (match && Number(match[1]) < number) rmSync(join(folder, name), { force: true });
      }
      return () => {
        const released = `${draft}-released`;
        writeFileSync(released, JSON.stringify({ ...claim, released: true }), { mode: 0o600 });
        renameSync(released, path);
      };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Waits for the lock (a look every 250 ms), calling `onWait` once with its holder; rejects when the signal is aborted. */
export async function waitForLock(folder, what, onWait = () => {}, signal = undefined) {
  let reported;
  for (;;) {
    signal?.throwIfAborted();
    const release = tryLock(folder, what);
    if (release) return release;
    const holder = lockHolder(folder);
    if (holder && reported !== holder.pid) {
      reported = holder.pid;
      onWait(holder);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
