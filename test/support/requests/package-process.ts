/**
 * Makes a package in a process of its own, for tests that kill it: at a named moment it tells its parent and waits to be killed. Its
 * settings come as one JSON argument.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createPackageActivities } from '../../../activities/request/package/package.ts';
import { controllerId } from '../../../domain/ids.ts';
import { instant } from '../../../domain/time/instant.ts';
import { loadPolicies } from '../../../policies/load-policies.ts';
import { openDatabase } from '../../../storage/database/database.ts';
import { type ObjectStore, openObjectStore } from '../../../storage/objects/object-store.ts';
import { createSealing, readKeysFile } from '../../../storage/sealing/sealing.ts';

/** Before the first byte, after some parts have reached the store, and after all have but nobody has noted it. */
export const moments = ['before-the-upload', 'in-the-upload', 'after-the-upload'] as const;

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
  input: z.object({
    caseId: z.string(),
    controller: z.string().transform(controllerId),
    now: z.string().transform(instant),
    packageId: z.string(),
  }),
  dieAt: z.enum(moments),
});

const { databaseUrl, keysFile, store, input, dieAt } = settings.parse(JSON.parse(process.argv[2] ?? ''));

const here = async (): Promise<void> => {
  process.send?.('here');
  await sleep(60_000);
};

async function* stoppedAfter(content: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of content) {
    passed += chunk.length;
    if (passed > bytes) await here();
    yield chunk;
  }
}

const real = openObjectStore(store);
const dying: ObjectStore = {
  ...real,
  put: async (put) => {
    if (dieAt === 'before-the-upload') await here();
    // Two parts of 5 MiB are in the store by then, and a third is being collected.
    const body = dieAt === 'in-the-upload' ? stoppedAfter(put.body, 12 * 1024 * 1024) : put.body;
    const stored = await real.put({ ...put, body });
    if (dieAt === 'after-the-upload') await here();
    return stored;
  },
};
const activities = createPackageActivities({
  db: openDatabase({ url: databaseUrl, applicationName: 'package-drill', maxConnections: 4 }),
  store: dying,
  sealing: createSealing(await readKeysFile(keysFile)),
  policies: new Map((await loadPolicies({ folder: 'policies' })).map(({ policy }) => [policy.controller, policy])),
  heartbeat: () => undefined,
});
await activities.buildPackage(input);
process.exit(0);
