// One way of moving the bytes of a package, in a process of its own, so that its memory can be told from that of the process that set the scene:
// makes a package, or copies one that is there. Its settings come as one JSON argument; the last line it prints is what it did.

import { z } from 'zod';
import { createPackageActivities } from '../../activities/request/package/package.ts';
import { controllerId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { loadPolicies } from '../../policies/load-policies.ts';
import { openDatabase } from '../../storage/database/database.ts';
import { openObjectStore } from '../../storage/objects/object-store.ts';
import { createSealing, readKeysFile } from '../../storage/sealing/sealing.ts';
import { megabytes, residentBytes } from './memory.ts';

const settings = z.object({
  databaseUrl: z.string(),
  keysFile: z.string(),
  store: z.object({
    endpoint: z.string(),
    region: z.string(),
    bucket: z.string(),
    accessKey: z.string(),
    secretKey: z.string(),
  }),
  work: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('make'),
      caseId: z.string(),
      packageId: z.string(),
      now: z.string().transform(instant),
    }),
    z.object({ kind: z.literal('copy'), key: z.string(), to: z.string() }),
  ]),
});

const { databaseUrl, keysFile, store: storeSettings, work } = settings.parse(JSON.parse(process.argv[2] ?? ''));
const store = openObjectStore(storeSettings);

const make = async ({ caseId, packageId, now }: Extract<typeof work, { kind: 'make' }>) => {
  const db = openDatabase({ url: databaseUrl, applicationName: 'bench-package' });
  try {
    return await createPackageActivities({
      db,
      store,
      sealing: createSealing(await readKeysFile(keysFile)),
      policies: new Map((await loadPolicies({ folder: 'policies' })).map(({ policy }) => [policy.controller, policy])),
      heartbeat: () => undefined,
    }).buildPackage({ caseId, packageId, now, controller: controllerId('inps') });
  } finally {
    await db.destroy();
  }
};

const copy = async ({ key, to }: Extract<typeof work, { kind: 'copy' }>) => {
  const { size } = await store.put({ key: to, body: await store.get({ key }), mediaType: 'application/zip' });
  return { size };
};

const startedWith = residentBytes(process.pid) ?? 0;
const began = performance.now();
const result = await (work.kind === 'make' ? make(work) : copy(work));
const seconds = (performance.now() - began) / 1_000;
const cpuSeconds = (process.cpuUsage().user + process.cpuUsage().system) / 1_000_000;
console.error(`    started with ${megabytes(startedWith)}`);
console.log(JSON.stringify({ ...result, seconds, cpuSeconds }));
process.exit(0);
