/**
 * One durable workflow per retention unit (I1): waits until the unit is due, has the gate erase it, and stays until nothing of
 * it is left. A unit of one record and a unit of a day's records take the same path. It decides nothing: the dates are read
 * from Postgres each time, suspensions are read by the gate at the moment of erasure, and a lost or late signal can therefore
 * delay an erasure but never cause a wrong one.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  EraseUnitResult,
  ErasureActivities,
  ErasurePass,
  ProcedureActivities,
  UnitSnapshot,
} from '../activities/contracts.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { UnitId } from '../domain/ids.ts';
import { type Instant, instantFromEpoch, instantPlus, millisecondsBetween } from '../domain/instant.ts';
import { Calls } from './calls.ts';
import {
  erasureQueueBeside,
  type RetentionInput,
  type RetentionResult,
  type RetentionSoFar,
  redatedSignal,
  retentionStatusQuery,
  wakeUpSignal,
} from './messages.ts';
import { erasureSlice, patientRead, quickRead } from './profiles.ts';
import { RetentionView, readable } from './retention-view.ts';

const quickly = proxyLocalActivities<ProcedureActivities>(quickRead);
const patiently = proxyActivities<ProcedureActivities>(patientRead);

const freshPass: ErasurePass = { kept: 0, keptBy: [], failed: 0 };
const nothingYet: RetentionSoFar = { recordsGone: 0, certificates: 0, failuresInARow: 0 };

const now = (): Instant => instantFromEpoch(Date.now());

const readUnit = async (unitId: UnitId): Promise<UnitSnapshot> => {
  try {
    return await quickly.readUnit({ unitId });
  } catch (error) {
    // A local activity that failed arrives bare, one that timed out wrapped.
    if (!(error instanceof TemporalFailure)) throw error;
    return patiently.readUnit({ unitId });
  }
};

/** Pause after the n-th failure in a row, in milliseconds: one minute, doubling to an hour. */
const pauseAfter = (failuresInARow: number): number => Math.min(60_000 * 2 ** (failuresInARow - 1), 3_600_000);

type SliceResult = EraseUnitResult | { readonly kind: 'broke'; readonly why: string };

const eraseSlice = async (unitId: UnitId, pass: ErasurePass): Promise<SliceResult> => {
  const { eraseUnit } = proxyActivities<ErasureActivities>({
    ...erasureSlice,
    taskQueue: erasureQueueBeside(workflowInfo().taskQueue),
  });
  try {
    return await eraseUnit({ unitId, now: now(), pass });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const type = error.cause instanceof ApplicationFailure ? error.cause.type : undefined;
    return { kind: 'broke', why: type ?? 'timeout' };
  }
};

const tooLong = (input: RetentionInput): boolean => {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (input.continueAfterEvents ?? Number.POSITIVE_INFINITY);
};

const retain = async (input: RetentionInput, calls: Calls, view: RetentionView): Promise<RetentionResult> => {
  const { unitId } = input;
  let soFar = input.soFar ?? nothingYet;
  let pass = soFar.pass ?? freshPass;

  const failed = async (unit: UnitSnapshot, why: string, keptBy: readonly string[] = []): Promise<void> => {
    soFar = { ...soFar, failuresInARow: soFar.failuresInARow + 1 };
    view.progress(soFar);
    const pauseMs = pauseAfter(soFar.failuresInARow);
    view.failed(unit, why, instantPlus(now(), pauseMs), keptBy);
    await calls.nextOrAfter(pauseMs, `pause after ${soFar.failuresInARow} failures: ${why}`);
  };

  for (;;) {
    // In the middle of a walk a call stays unheeded: it may concern records the walk has already passed.
    if (pass.cursor === undefined) calls.heed();
    const unit = await readUnit(unitId);
    if (unit.state === 'closed') {
      view.erased(unit);
      return { recordsGone: soFar.recordsGone, certificates: soFar.certificates };
    }
    const untilDueMs = millisecondsBetween(now(), unit.dueAt);
    if (untilDueMs > 0) {
      pass = freshPass;
      view.waiting(unit);
      await calls.nextOrAfter(untilDueMs, `erase when due: ${readable(unit.dueAt)}`);
    } else {
      if (pass.cursor === undefined) view.due(unit);
      else view.erasing(unit);
      const result = await eraseSlice(unitId, pass);
      pass = freshPass;
      if (result.kind === 'broke') {
        await failed(unit, result.why);
      } else {
        const { recordsGone, certificates } = result;
        const failuresInARow = recordsGone > soFar.recordsGone ? 0 : soFar.failuresInARow;
        soFar = { recordsGone, certificates, failuresInARow };
        view.progress(soFar);
        switch (result.kind) {
          case 'nothing-left':
            view.erased(unit);
            return { recordsGone: soFar.recordsGone, certificates: soFar.certificates };
          case 'more':
            pass = result.pass;
            break;
          case 'left':
            if (result.pass.failed > 0) await failed(unit, 'store-refused', result.pass.keptBy);
            else if (result.pass.kept > 0) {
              soFar = { ...soFar, failuresInARow: 0 };
              view.kept(unit, result.pass.kept, result.pass.keptBy);
              await calls.next();
            } else await failed(unit, 'still-open');
            break;
          case 'refused':
            await failed(unit, result.reason);
            break;
          default:
            assertNever(result);
        }
      }
    }
    if (tooLong(input)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof retention>({ ...input, soFar: { ...soFar, pass: calls.pending ? freshPass : pass } });
    }
  }
};

/**
 * Erases one retention unit when its time has come. Ends when nothing of the unit is left; fails only if there is no such unit.
 * A request to cancel is not followed: the obligation does not end because somebody no longer wants it.
 */
export async function retention(input: RetentionInput): Promise<RetentionResult> {
  const calls = new Calls();
  const view = new RetentionView(input.unitId, input.soFar ?? nothingYet);
  setHandler(redatedSignal, () => calls.call());
  setHandler(wakeUpSignal, () => calls.call());
  setHandler(retentionStatusQuery, () => view.status());
  return CancellationScope.nonCancellable(() => retain(input, calls, view));
}
