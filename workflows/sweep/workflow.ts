/**
 * The daily sweep (I3), and the same on demand: compares records, units, workflows, objects and certificates, heals what can be
 * healed, and writes a report of what was found. Its steps are long walks in activities; here is only their order.
 */
import { proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { instantFromEpoch } from '../../domain/time/instant.ts';
import { erasureQueueBeside } from '../queues.ts';
import type { SweepActivities, SweepErasureActivities, SweepInput, SweepResult } from './contract.ts';
import { sweepStep } from './profiles.ts';

const { sweepWorkflows, sweepObjects, sweepLedger, writeSweepReport } = proxyActivities<SweepActivities>(sweepStep);

/** Of a sweep whose first step ran before other procedures were looked at. */
const nothing = { compared: 0, missing: { count: 0, ids: [] }, startedAgain: 0 };
const noneLooked = { suspensions: nothing, requests: nothing, notifications: nothing };

/** Compares everything as of `asOf` (default: now) and writes the report. */
export async function sweep(input: SweepInput): Promise<SweepResult> {
  const startedAt = instantFromEpoch(Date.now());
  const asOf = input.asOf ?? startedAt;
  // A run id is a random UUID and the same in a retry of the report's activity.
  const sweepId = input.sweepId ?? workflowInfo().runId;
  const { eraseLeftovers } = proxyActivities<SweepErasureActivities>({
    ...sweepStep,
    taskQueue: erasureQueueBeside(workflowInfo().taskQueue),
  });
  setCurrentDetails('Compares open units with running workflows.');
  const workflows = await sweepWorkflows({ asOf });
  setCurrentDetails('Compares records with objects in the store.');
  const objects = await sweepObjects({ asOf });
  setCurrentDetails('Erases what broken-off uploads left and what a restored backup brought back.');
  const erased = await eraseLeftovers({ asOf });
  setCurrentDetails('Looks for what is late and for gaps in the ledger.');
  const ledger = await sweepLedger({ asOf });
  const others = workflows.others ?? noneLooked;
  const findings = {
    'units-without-workflow': workflows.unitsWithoutWorkflow,
    'transcripts-without-workflow': workflows.transcriptsWithoutWorkflow,
    'suspensions-without-workflow': others.suspensions.missing,
    'requests-without-workflow': others.requests.missing,
    'notifications-without-workflow': others.notifications.missing,
    'units-overdue': ledger.unitsOverdue,
    'records-back-from-restore': { count: erased.recordsBack, ids: [] },
    'object-leftovers': objects.leftovers,
    'objects-without-record': objects.objectsWithoutRecord,
    'records-without-object': objects.recordsWithoutObject,
    'intents-unproven': ledger.intentsUnproven,
    'certificates-missing': ledger.certificatesMissing,
    'certificates-miscounted': ledger.certificatesMiscounted,
  };
  const healed = {
    'units-without-workflow': workflows.unitsStartedAgain,
    'transcripts-without-workflow': workflows.transcriptsStartedAgain,
    'suspensions-without-workflow': others.suspensions.startedAgain,
    'requests-without-workflow': others.requests.startedAgain,
    'notifications-without-workflow': others.notifications.startedAgain,
    'units-overdue': ledger.unitsWoken,
    'records-back-from-restore': erased.recordsErasedAgain,
    'object-leftovers': erased.keysCleared,
  };
  await writeSweepReport({
    sweepId,
    startedAt,
    finishedAt: instantFromEpoch(Date.now()),
    asOf,
    compared: {
      units: workflows.units,
      transcripts: workflows.transcripts,
      objects: objects.objects,
      suspensions: others.suspensions.compared,
      requests: others.requests.compared,
      notifications: others.notifications.compared,
    },
    findings,
    healed,
  });
  const sum = (counts: readonly number[]): number => counts.reduce((one, other) => one + other, 0);
  const found = sum(Object.values(findings).map(({ count }) => count));
  setCurrentDetails(`Finished: ${found} findings. The report is in the application under the id **${sweepId}**.`);
  return { sweepId, findings: found, healed: sum(Object.values(healed)) };
}
