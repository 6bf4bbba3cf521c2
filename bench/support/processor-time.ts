// Processor time of everything a benchmark started, by program: what a busy machine distorts least (Linux: /proc).

import { readdirSync, readFileSync } from 'node:fs';

type Process = { readonly parent: number; readonly program: string; readonly seconds: number };

const ticksASecond = 100;

const readProcess = (pid: string): Process | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold spaces; the numbers begin behind it.
    const numbers = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // Parent, then the process's own time and that of children which have ended, each in user and system ticks.
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (numbers[index] ?? 0), 0);
    const program = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return { parent: numbers[1] ?? 0, program, seconds: ticks / ticksASecond };
  } catch {
    return undefined;
  }
};

const named = (process_: Process, pid: number): string => {
  if (pid === process.pid) return 'client';
  return /^(postgres|minio|weed|temporal)/.exec(process_.program)?.[1] ?? 'Oblio';
};

/** Seconds of processor time so far, of this process (`client`) and everything below it, by program. */
const secondsSoFar = (): ReadonlyMap<string, number> => {
  const all = new Map<number, Process>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = readProcess(entry);
    if (found !== undefined) all.set(Number(entry), found);
  }
  const isOurs = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = all.get(pid)?.parent ?? 0;
    return parent > 1 && isOurs(parent);
  };
  const sums = new Map<string, number>();
  for (const [pid, found] of all) {
    if (!isOurs(pid)) continue;
    const name = named(found, pid);
    sums.set(name, (sums.get(name) ?? 0) + found.seconds);
  }
  return sums;
};

/** Processor seconds by program that an action took, and what it answers. Empty where the system does not tell. */
export const processorTime = async <Value>(
  action: () => Promise<Value>,
): Promise<{ readonly processor: ReadonlyMap<string, number>; readonly value: Value }> => {
  const measured = process.platform === 'linux';
  const before = measured ? secondsSoFar() : new Map<string, number>();
  const value = await action();
  const after = measured ? secondsSoFar() : new Map<string, number>();
  const processor = new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
  return { processor, value };
};

/** `512 us (client 20, Oblio 90, postgres 402)`: processor time for one of so many. */
export const processorTimeEach = (processor: ReadonlyMap<string, number>, count: number): string => {
  const each = (seconds: number): string => ((seconds / count) * 1_000_000).toFixed(0);
  const shown = [...processor].filter(([, seconds]) => seconds > 0).sort();
  const total = shown.reduce((sum, [, seconds]) => sum + seconds, 0);
  return `${each(total)} us (${shown.map(([name, seconds]) => `${name} ${each(seconds)}`).join(', ')})`;
};
