// The end of the story: nothing is left, a sweep looks for what was forgotten, and the numbers are told.

import { z } from 'zod';
import type { Instant } from '../domain/time/instant.ts';
import { eventually } from './erasures.ts';
import { controllerName, operator, type Stage, sourceOf } from './stage.ts';
import type { DemoController } from './synthetic-records.ts';
import { counted } from './words.ts';

const startedSweepSchema = z.object({ sweepId: z.string(), workflowUrl: z.string() });
const sweepSchema = z.object({
  report: z.object({ counts: z.record(z.string(), z.number()), ids: z.record(z.string(), z.array(z.string())) }),
});

const isGone = async (stage: Stage, controller: DemoController, recordClass: string, sourceId: string, at: Instant) => {
  const path = `/controllers/${controller}/record-classes/${recordClass}/records/${sourceId}`;
  const { status } = await stage.api.ask({ method: 'GET', path, caller: sourceOf(controller, recordClass), at });
  return status === 410;
};

const askForAll = async (stage: Stage): Promise<void> => {
  let gone = 0;
  for (const { record } of stage.registered.values()) {
    const { controller, recordClass, sourceId } = record;
    if (!(await isGone(stage, controller, recordClass, sourceId, stage.endAt))) {
      throw new Error(`${recordClass} ${sourceId} of ${controller} is not gone`);
    }
    gone += 1;
  }
  stage.say(`  The source systems ask for each of their records once more: ${gone} of ${gone} answer 410 Gone.`);
};

const sweep = async (stage: Stage): Promise<void> => {
  const started = await stage.api.expect(startedSweepSchema, {
    method: 'POST',
    path: '/sweeps',
    caller: operator,
    at: stage.endAt,
  });
  const path = `/sweeps/${started.sweepId}`;
  const { report } = await eventually('the report of the sweep', async () => {
    const answer = await stage.api.ask({ method: 'GET', path, caller: operator, at: stage.endAt });
    return answer.status === 200 ? sweepSchema.parse(answer.body) : undefined;
  });
  const ids = new Set(Object.values(report.ids).flat());
  const ours = [...stage.registered.values()].filter(({ recordId, unitId }) => ids.has(recordId) || ids.has(unitId));
  if (ours.length > 0) throw new Error(`The sweep found ${ours.length} records of the story: ${started.workflowUrl}`);
  const findings = Object.entries(report.counts).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []));
  const others = findings.length === 0 ? '' : `; of other records on this stack: ${findings.join(', ')}`;
  stage.timeline.note({
    at: stage.endAt,
    controller: 'every-controller',
    what: 'swept',
    why: 'compares records, units, workflows, objects and certificates',
    ids: { sweepId: started.sweepId },
    detail: report.counts,
  });
  stage.say(`  A sweep at that date finds nothing forgotten of the story${others} (${started.workflowUrl})`);
};

const table = (stage: Stage): void => {
  const erased = stage.timeline.events().filter(({ what }) => what === 'erased');
  const groups = Map.groupBy(erased, ({ controller, recordClass }) => `${controller}/${recordClass ?? ''}`);
  stage.say(
    `\n  ${'controller'.padEnd(17)} ${'record class'.padEnd(19)} ${'records'.padStart(8)} ${'certificates'.padStart(13)}  notice`,
  );
  for (const events of groups.values()) {
    const [first] = events;
    if (first === undefined) continue;
    const records = events.reduce((sum, event) => sum + (event.records ?? 0), 0);
    const notice = /\((.*)\)$/.exec(first.why)?.[1] ?? first.why;
    stage.say(
      `  ${controllerName(first.controller).padEnd(17)} ${(first.recordClass ?? '').padEnd(19)} ${String(records).padStart(8)} ${String(events.length).padStart(13)}  ${notice}`,
    );
  }
};

/** Tells the end of the story. Throws if anything is left of a record that was handed in. */
export const tellEnding = async (stage: Stage): Promise<void> => {
  await askForAll(stage);
  await sweep(stage);
  table(stage);
  const events = stage.timeline.events();
  stage.say(
    `\n  ${counted(events.length, 'event')} in demo-output/timeline.json, certificates in demo-output/certificates/.`,
  );
};
