/**
 * A gate in a process of its own, for tests that kill it: erases a unit and, at one named step, tells its parent and waits to be
 * killed. Started by `gate-drill.ts`; its settings come as one JSON argument.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { unitId } from '../../domain/ids.ts';
import { instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { openDatabase } from '../../storage/database/database.ts';
import { createErasureGate, gateSteps } from '../../storage/erasure-gate/index.ts';

const settings = z.object({
  databaseUrl: z.string(),
  store: z.object({
    endpoint: z.string(),
    region: z.string(),
    bucket: z.string(),
    accessKey: z.string(),
    secretKey: z.string(),
  }),
  unitId: z.string().transform(unitId),
  now: z.string().transform(instant),
  limit: z.number(),
  dieAt: z.object({ step: z.enum(gateSteps), passage: z.number() }),
});

const { databaseUrl, store, dieAt, ...input } = settings.parse(JSON.parse(process.argv[2] ?? ''));
let passages = 0;
const gate = createErasureGate({
  db: openDatabase({ url: databaseUrl, applicationName: 'gate-drill', maxConnections: 2 }),
  store,
  clock: () => instantFromEpoch(Date.now()),
  timeTravel: 'allowed',
  atStep: async (step) => {
    if (step !== dieAt.step) return;
    passages += 1;
    if (passages < dieAt.passage) return;
    process.send?.('here');
    await sleep(60_000);
  },
});
let cursor: string | undefined;
do {
  const result = await gate.eraseNextChunk({
    ...input,
    basis: { kind: 'retention-period-ended' },
    ...(cursor === undefined ? {} : { cursor }),
  });
  if (result.kind !== 'chunk') throw new Error(`The gate answered ${JSON.stringify(result)}`);
  cursor = result.cursor;
} while (cursor !== undefined);
process.exit(0);
