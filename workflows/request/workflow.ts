/**
 * One durable workflow per rights request (Art. 12-22): takes people's commands as updates, does the machine's work, keeps the
 * statutory clock with durable timers, and stays until every right is answered and no restriction is left. Which commands are allowed,
 * what the machine has to do and when a timer fires is read from the case's state by pure functions of `domain/rights-request`.
 */

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { findRight, waitingForOf } from '../../domain/request/course/case-state.ts';
import {
  nextDeadline,
  nextWork,
  type Timer,
  timersOf,
  waitingErasures,
  workKey,
} from '../../domain/request/course/next-work.ts';
import { assertNever } from '../../domain/result.ts';
import { days } from '../../domain/time/duration.ts';
import { millisecondsBetween } from '../../domain/time/instant.ts';
import { Calls } from '../calls.ts';
import { now, RequestCase } from './case.ts';
import type { AlarmActivities } from './contract.ts';
import {
  commandUpdate,
  commandUpdateNames,
  keepingEndedSignal,
  type RequestInput,
  type RequestResult,
  requestStatusQuery,
} from './contract.ts';
import { eraseWhatWasHeld } from './held.ts';
import { caseStep } from './profiles.ts';
import { showCase } from './view.ts';
import { doWork } from './work.ts';

const { raiseAlarm } = proxyActivities<AlarmActivities>(caseStep);

/** How often "days left" on the workflow's page is brought up to date while nothing happens: weekly, in the last fortnight daily. */
const refreshAfter = (untilDeadlineMs: number): number => (untilDeadlineMs > days(14) ? days(7) : days(1));

const summaryOf = (timer: Timer): string => {
  switch (timer.kind) {
    case 'alarm':
      return `${timer.alarm} (${timer.right}) at ${timer.at.slice(0, 16)}Z`;
    case 'requester-silent':
      return `wait no longer for the requester's answer at ${timer.at.slice(0, 16)}Z`;
    case 'end-restriction':
      return `lift the restriction (${timer.right}) at ${timer.at.slice(0, 16)}Z`;
    default:
      return assertNever(timer);
  }
};

const fire = async (file: RequestCase, timer: Timer): Promise<void> => {
  switch (timer.kind) {
    case 'alarm': {
      const { alarm, right, about } = timer;
      const { caseId, controller } = file.state;
      await raiseAlarm({ caseId, controller, now: now(), alarm, right, about });
      return file.report((state) =>
        state.alarms.some((raised) => raised.alarm === alarm && raised.right === right && raised.about === about)
          ? []
          : [{ kind: 'alarm-raised', alarm, right, about }],
      );
    }
    case 'requester-silent': {
      const letterId = uuid4();
      return file.report(({ question }) =>
        question !== undefined && question.closesAt === timer.at ? [{ kind: 'requester-silent', letterId }] : [],
      );
    }
    case 'end-restriction':
      return file.report((state) =>
        findRight(state, timer.right)?.restriction?.state === 'notice-given'
          ? [{ kind: 'lifting-ordered', right: timer.right }]
          : [],
      );
    default:
      return assertNever(timer);
  }
};

const tooLong = (input: RequestInput): boolean => {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (input.continueAfterEvents ?? Number.POSITIVE_INFINITY);
};

const drive = async (
  input: RequestInput,
  file: RequestCase,
  { show, keepingEnded }: { readonly show: (working?: string) => void; readonly keepingEnded: Calls },
): Promise<RequestResult> => {
  await file.reload();
  // What ended while no run was there to be told, or between an execution and its report, is found by looking once more.
  keepingEnded.call();
  const mayErase = (): boolean => keepingEnded.pending && waitingErasures(file.state).length > 0;
  for (;;) {
    const seen = file.changes;
    const work = nextWork(file.state);
    if (work !== undefined) {
      if (work.kind === 'execute') keepingEnded.call();
      show(workKey(work));
      await doWork(file, work);
      show();
    } else if (mayErase()) {
      keepingEnded.takeUp();
      show('erase what was kept back');
      await eraseWhatWasHeld(file);
      show();
    } else if (file.state.stage === 'closed') {
      show();
      // A command that came while this run was about to end is still answered by it.
      await condition(allHandlersFinished);
      if (file.changes === seen) return { stage: file.state.stage, revision: file.state.revision };
    } else {
      show();
      const [timer] = timersOf(file.state);
      const untilMs = timer === undefined ? Number.POSITIVE_INFINITY : millisecondsBetween(now(), timer.at);
      if (timer !== undefined && untilMs <= 0) {
        await fire(file, timer);
      } else {
        const summary = timer === undefined ? 'bring days left up to date' : summaryOf(timer);
        const deadline = nextDeadline(file.state);
        const changed = (): boolean => file.changes !== seen || mayErase();
        if (timer === undefined && deadline === undefined) await condition(changed);
        else {
          const waitMs =
            deadline === undefined ? untilMs : Math.min(untilMs, refreshAfter(millisecondsBetween(now(), deadline)));
          await condition(changed, waitMs, { summary: `${summary}; waits for ${waitingForOf(file.state)}` });
        }
      }
    }
    if (tooLong(input)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof request>({ ...input, state: file.state, rules: file.rules });
    }
  }
};

/**
 * Drives one case from receipt to closure. A request to cancel is not followed: the person's right does not end because an operator
 * cancelled a workflow.
 */
export async function request(input: RequestInput): Promise<RequestResult> {
  const file = new RequestCase(input);
  let working: string | undefined;
  const show = (on?: string): void => {
    working = on;
    showCase(file.state, now(), on);
  };
  for (const name of commandUpdateNames) {
    setHandler(commandUpdate(name), (command) => file.carryOut(command), {
      validator: (command) => file.validate(command),
    });
  }
  const keepingEnded = new Calls();
  setHandler(keepingEndedSignal, () => keepingEnded.call());
  setHandler(requestStatusQuery, () => {
    const { caseId, reference, revision, stage } = file.state;
    const deadline = nextDeadline(file.state);
    return {
      caseId,
      reference,
      revision,
      stage,
      waitingFor: waitingForOf(file.state),
      ...(deadline === undefined ? {} : { nextDeadline: deadline }),
      ...(working === undefined ? {} : { working }),
    };
  });
  return CancellationScope.nonCancellable(() => drive(input, file, { show, keepingEnded }));
}
