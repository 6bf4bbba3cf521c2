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
import type { UnitId } from '../../domain/ids.ts';
import { assertNever } from '../../domain/result.ts';
import { type Instant, instantFromEpoch, instantPlus, millisecondsBetween } from '../../domain/time/instant.ts';
import { Calls } from '../calls.ts';
import { readable } from '../operator-view.ts';
import { erasureQueueBeside } from '../queues.ts';
import type {
  EraseUnitResult,
  ErasurePass,
  RetentionActivities,
  RetentionErasureActivities,
  UnitSnapshot,
} from './contract.ts';
import {
  type RetentionInput,
  type RetentionResult,
  type RetentionSoFar,
  redatedSignal,
  retentionStatusQuery,
  wakeUpSignal,
} from './contract.ts';
import { erasureSlice, patientRead, quickRead } from './profiles.ts';
import { RetentionView } from './view.ts';

const quickly = proxyLocalActivities<RetentionActivities>(quickRead);
const patiently = proxyActivities<RetentionActivities>(patientRead);

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

/** Pause after the n-th failure in a row, in milliseconds: one minute, doubling, ten minutes at most: promises are kept to the day. */
const pauseAfter = (failuresInARow: number): number => Math.min(60_000 * 2 ** (failuresInARow - 1), 600_000);

type SliceResult = EraseUnitResult | { readonly kind: 'broke'; readonly why: string };

const eraseSlice = async (unitId: UnitId, pass: ErasurePass): Promise<SliceResult> => {
  const { eraseUnit } = proxyActivities<RetentionErasureActivities>({
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

/** One run of a unit's workflow: what it has done so far, and the steps it repeats until nothing of the unit is left. */
class RetentionRun {
  readonly #input: RetentionInput;
  readonly #calls: Calls;
  readonly #view: RetentionView;
  #soFar: RetentionSoFar;
  #pass: ErasurePass;

  constructor(input: RetentionInput, calls: Calls, view: RetentionView) {
    this.#input = input;
    this.#calls = calls;
    this.#view = view;
    this.#soFar = input.soFar ?? nothingYet;
    this.#pass = input.soFar?.pass ?? freshPass;
  }

  async untilNothingIsLeft(): Promise<RetentionResult> {
    for (;;) {
      // In the middle of a walk a signal is not taken up: it may concern records the walk has already passed.
      if (this.#pass.cursor === undefined) this.#calls.takeUp();
      const unit = await readUnit(this.#input.unitId);
      if (unit.state === 'closed') return this.#finished(unit, unit.totals ?? this.#soFar);
      const untilDueMs = millisecondsBetween(now(), unit.dueAt);
      if (untilDueMs > 0) {
        this.#pass = freshPass;
        this.#view.waiting(unit);
        await this.#calls.nextOrAfter(untilDueMs, `erase when due: ${readable(unit.dueAt)}`);
      } else if (await this.#erase(unit)) {
        return this.#finished(unit, this.#soFar);
      }
      await this.#makeRoom();
    }
  }

  /** Erases a slice and waits as its outcome asks; `true` when nothing is left. */
  async #erase(unit: UnitSnapshot): Promise<boolean> {
    if (this.#pass.cursor === undefined) this.#view.due(unit);
    else this.#view.erasing(unit);
    const result = await eraseSlice(unit.unitId, this.#pass);
    this.#pass = freshPass;
    if (result.kind !== 'broke') {
      const { recordsGone, certificates } = result;
      const failuresInARow = recordsGone > this.#soFar.recordsGone ? 0 : this.#soFar.failuresInARow;
      this.#note({ recordsGone, certificates, failuresInARow });
    }
    switch (result.kind) {
      case 'nothing-left':
        return true;
      case 'more':
        this.#pass = result.pass;
        return false;
      case 'left':
        await this.#waitFor(unit, result.pass);
        return false;
      case 'refused':
        await this.#pause(unit, result.reason);
        return false;
      case 'broke':
        await this.#pause(unit, result.why);
        return false;
      default:
        return assertNever(result);
    }
  }

  /** The walk is done and something is left: what a store refused is tried again, what is kept waits for its release. */
  async #waitFor(unit: UnitSnapshot, { failed, kept, keptBy }: ErasurePass): Promise<void> {
    if (failed > 0) return this.#pause(unit, 'store-refused', keptBy);
    // A record that joined the unit while it was being erased: the next walk takes it.
    if (kept === 0) return this.#pause(unit, 'still-open');
    this.#note({ ...this.#soFar, failuresInARow: 0 });
    this.#view.kept(unit, kept, keptBy);
    return this.#calls.next();
  }

  async #pause(unit: UnitSnapshot, why: string, keptBy: readonly string[] = []): Promise<void> {
    const failuresInARow = this.#soFar.failuresInARow + 1;
    this.#note({ ...this.#soFar, failuresInARow });
    const pauseMs = pauseAfter(failuresInARow);
    this.#view.failed(unit, why, instantPlus(now(), pauseMs), keptBy);
    await this.#calls.nextOrAfter(pauseMs, `pause after ${failuresInARow} failures: ${why}`);
  }

  #note(soFar: RetentionSoFar): void {
    this.#soFar = soFar;
    this.#view.progress(soFar);
  }

  #finished(unit: UnitSnapshot, { recordsGone, certificates }: RetentionResult): RetentionResult {
    this.#note({ ...this.#soFar, recordsGone, certificates });
    this.#view.erased(unit);
    return { recordsGone, certificates };
  }

  /** Goes on in a new run when the history has become long. A signal that was not taken up makes the new run walk from the start. */
  async #makeRoom(): Promise<void> {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    const { continueAfterEvents = Number.POSITIVE_INFINITY } = this.#input;
    if (!continueAsNewSuggested && historyLength < continueAfterEvents) return;
    await condition(allHandlersFinished);
    const pass = this.#calls.pending ? freshPass : this.#pass;
    await continueAsNew<typeof retention>({ ...this.#input, soFar: { ...this.#soFar, pass } });
  }
}

/**
 * Erases one retention unit when its time has come. Ends when nothing of the unit is left; fails only if there is no such unit.
 * A request to cancel is not followed: the obligation does not end because an operator cancelled a workflow.
 */
export async function retention(input: RetentionInput): Promise<RetentionResult> {
  const calls = new Calls();
  const view = new RetentionView(input.unitId, input.soFar ?? nothingYet);
  setHandler(redatedSignal, () => calls.call());
  setHandler(wakeUpSignal, () => calls.call());
  setHandler(retentionStatusQuery, () => view.status());
  const run = new RetentionRun(input, calls, view);
  return CancellationScope.nonCancellable(() => run.untilNothingIsLeft());
}
