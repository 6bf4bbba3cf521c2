/** Carries out a rectification (Art. 16). */
import { recordId } from '../../../domain/ids.ts';
import { grantsFor } from '../../../domain/request/decision/decided-records.ts';
import { readRectificationOutcome } from '../../../storage/execution/rectifications.ts';
import { rectifyRecord } from '../../../storage/execution/rectify-record.ts';
import { attachStatements, wholeStatement } from '../../../storage/execution/statements.ts';
import { type FrozenRecord, streamManifest } from '../../../storage/manifests/read-manifest.ts';
import type { ExecuteInput, ExecuteResult } from '../../../workflows/request/contract.ts';
import { signalUnits } from '../../retention/signal-units.ts';
import type { Execution } from './execution.ts';

/** Corrects and completes, record by record; what must not be altered gets the person's statement beside it. */
export const rectifyDecided = async (
  execution: Execution,
  { manifestId }: Pick<ExecuteInput, 'manifestId'>,
): Promise<ExecuteResult> => {
  const { deps, state, policy, decision, decidedAt, words, exceptions, attempt } = execution;
  const { database: db, sealing, temporal } = deps;
  const { caseId, controller } = state;
  const changes = (words.decided.changes ?? words.prepared.changes ?? []).map((change, position) => ({
    ...change,
    position,
  }));
  for (const [id, those] of Map.groupBy(changes, (change) => change.recordId)) {
    await rectifyRecord(
      { db, sealing },
      { controller, caseId, decidedAt, recordId: recordId(id), changes: those, policy, now: attempt.now() },
    );
  }
  const statement = words.decided.statement ?? words.prepared.statement;
  let attached = 0;
  if (decision.outcome === 'statement-attached' && statement !== undefined && manifestId !== undefined) {
    attached = await attachToAll(execution, manifestId, statement, grantsFor(decision, exceptions, true));
  }
  const { records, unitsToSignal } = await readRectificationOutcome(db, { caseId, decidedAt });
  // Also those of an attempt that died before this line: each looks at its dates again, which is harmless.
  await signalUnits({ db, temporal }, { units: unitsToSignal, reason: 'decision' });
  return { records: Math.max(attached, records.length), certificates: [] };
};

const statementsAtOnce = 500;

/** The person's statement stands beside each of the records that the answer names. */
const attachToAll = async (
  { deps: { database, sealing }, state: { controller, caseId }, decidedAt, attempt }: Execution,
  manifestId: string,
  text: string,
  grants: (record: FrozenRecord) => boolean,
): Promise<number> => {
  let attached = 0;
  let batch: FrozenRecord['recordId'][] = [];
  const flush = async (): Promise<void> => {
    const recordIds = batch;
    batch = [];
    attached += await database.transaction().execute((tx) =>
      attachStatements(tx, sealing, {
        controller,
        caseId,
        decidedAt,
        position: wholeStatement,
        recordIds,
        text,
        now: attempt.now(),
      }),
    );
  };
  for await (const record of streamManifest(database, manifestId)) {
    if (grants(record)) batch.push(record.recordId);
    if (batch.length === statementsAtOnce) await flush();
  }
  await flush();
  return attached;
};
