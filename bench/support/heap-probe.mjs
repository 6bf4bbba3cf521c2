// Loaded into a process that a benchmark watches (`node --import`): every two seconds it collects all garbage and writes down how many
// bytes of its heap are in use. Only a heap that grows after collection is a leak; resident memory also tells how lazily it is collected.

import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const file = process.env.OBLIO_BENCH_HEAP_FILE;
if (isMainThread && file !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  setInterval(() => {
    collect();
    appendFileSync(file, `${process.memoryUsage().heapUsed}\n`);
  }, 2_000).unref();
}
