/**
 * Records the histories that replay tests hold today's workflows against: `node commands/record-histories.ts <label> [which]`
 * (which: the beginning of the names to record) with OBLIO_TEST_SERVICES naming running services (`stack/commands/dev-services.ts`). Run it when a workflow has gained a path, or before a
 * release, with the release's name as label; older files stay as long as workflows of their age may be running.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GateStep } from '../storage/erasure-gate/index.ts';
import { writeHistory } from '../test/support/history-files.ts';
import { historyScenarios } from '../test/support/history-scenarios.ts';
import { startWorker, worldClient } from '../test/support/temporal.ts';
import { createWorld } from '../test/support/world.ts';

const [label, which = ''] = process.argv.slice(2);
if (label === undefined || !/^[a-z0-9.-]+$/.test(label)) {
  process.stderr.write('Usage: node commands/record-histories.ts <label>, for example 0.1.0\n');
  process.exit(1);
}

const folder = join(import.meta.dirname, '..', 'test', 'histories');
await mkdir(folder, { recursive: true });
const world = await createWorld({ label: 'histories' });
try {
  let hook: (step: GateStep) => Promise<void> = async () => undefined;
  const { client, queuePrefix } = await worldClient(world);
  await startWorker(world, { atGateStep: (step) => hook(step), erasure: { chunkSize: 5, chunksPerSlice: 2 } });
  const atGateStep = (next: typeof hook): void => {
    hook = next;
  };
  for (const [name, scenario] of Object.entries(historyScenarios)) {
    if (!name.startsWith(which)) continue;
    const recorded = await scenario({ world, client, queuePrefix, atGateStep });
    for (const [index, { workflowId, runId, client: itsClient = client }] of recorded.entries()) {
      const history = await itsClient.workflow.getHandle(workflowId, runId).fetchHistory();
      const file = `${name}${recorded.length > 1 ? `-${index + 1}` : ''}.${label}.json`;
      await writeHistory(join(folder, file), { workflowId, history });
      console.log(`${file}: ${history.events?.length ?? 0} events`);
    }
  }
} finally {
  await world.close();
}
