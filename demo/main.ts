// `npm run demo`: five years in the life of two controllers, told on the real services in a few minutes.
// Usage: npm run demo [-- --seed <text>]

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { days } from '../domain/time/duration.ts';
import { type Instant, instantFromEpoch } from '../domain/time/instant.ts';
import { projectRoot } from '../stack/process/project.ts';
import { keepTogether, newAgenda } from './agenda.ts';
import { openApi } from './api-calls.ts';
import { planDispute } from './dispute.ts';
import { tellEnding } from './ending.ts';
import { awaitTranscripts } from './erasures.ts';
import { handInStory } from './hand-in.ts';
import { newProgress } from './progress.ts';
import { tellRightsRequests } from './rights.ts';
import { type DemoStack, openDemoStack } from './stack-of-demo.ts';
import type { Stage } from './stage.ts';
import { inventStory } from './synthetic-story.ts';
import { newTimeline } from './timeline.ts';
import { dayOf } from './words.ts';

const storyMs = days(5 * 365 + 2);
/** How many units travel at once: as many as two cores can serve. */
const atOnce = 6;
/** What may be done side by side; everything else keeps its turn. */
const sideBySide: readonly string[] = ['erasure'];

const say = (line: string): void => console.log(line);

const tell = async ({ running, apiAddress }: DemoStack, seed: string, connection: Connection): Promise<void> => {
  const startAt: Instant = instantFromEpoch(Date.now());
  const run = Date.now().toString(36);
  const endAt = instantFromEpoch(Date.parse(startAt) + storyMs);
  const { namespace, uiAddress } = running.temporal;
  const workflowsUrl = `${uiAddress ?? 'http://127.0.0.1:8233'}/namespaces/${namespace}/workflows`;
  const story = inventStory({ seed, startAt, run });
  const linkTo = (workflowId: string): string => `${workflowsUrl}/${workflowId}`;
  const timeline = newTimeline(join(projectRoot, 'demo-output'));
  const progress = newProgress({ timeline, linkTo, say, startAt });
  const stage: Stage = {
    api: await openApi(running, apiAddress),
    temporal: new Client({ connection, namespace }),
    linkTo,
    timeline,
    agenda: newAgenda(),
    say,
    tell: progress.keep,
    people: story.people,
    startAt,
    endAt,
    run,
    registered: new Map(),
    awaitedUnits: new Set(),
  };
  say(`\n== ${dayOf(startAt)}: the source systems hand in what they have (run ${run}, seed ${seed})\n`);
  await handInStory(stage, story.records);
  await awaitTranscripts(stage);
  await tellRightsRequests(stage, join(projectRoot, 'demo-output'));
  planDispute(stage);
  const query = encodeURIComponent('WorkflowType="retention" AND ExecutionStatus="Running"');
  say(`\n  Every unit of retention is a workflow that waits: ${workflowsUrl}?query=${query}`);
  say(`\n== Five years pass: each unit is moved to its due date, in the order of those dates`);
  for (let next = stage.agenda.takeNext(); next.length > 0; next = stage.agenda.takeNext()) {
    const [first] = next;
    if (first === undefined) break;
    progress.arrive(first.at);
    await keepTogether(next, sideBySide.includes(first.kind) ? atOnce : 1);
    stage.timeline.save();
  }
  progress.end();
  say(`\n== ${dayOf(endAt)}: what is left\n`);
  await tellEnding(stage);
  stage.timeline.save();
};

const { values } = parseArgs({ options: { seed: { type: 'string', default: 'oblio' } } });
const began = performance.now();
const stack = await openDemoStack(process.env, say);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void stack.stop().finally(() => process.exit(130)));
}
try {
  const connection = await Connection.connect({ address: stack.running.temporal.address });
  await tell(stack, values.seed, connection).finally(() => connection.close());
  say(`\nTold in ${Math.round((performance.now() - began) / 1_000)} s.`);
} finally {
  await stack.stop();
}
