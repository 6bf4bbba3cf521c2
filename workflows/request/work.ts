/** What the machine does for a case: one piece of work at a time, each reported as an event when it is done. */

import { patched, proxyActivities, uuid4, workflowInfo } from '@temporalio/workflow';
import { findLetter, findRight } from '../../domain/request/course/case-state.ts';
import type { CaseEvent } from '../../domain/request/course/events.ts';
import { carriesCopy } from '../../domain/request/course/letters.ts';
import type { Work } from '../../domain/request/course/next-work.ts';
import { rightKind, rights } from '../../domain/request/course/rights.ts';
import { assertNever } from '../../domain/result.ts';
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { erasureQueueBeside } from '../queues.ts';
import { now, type RequestCase } from './case.ts';
import type { ExecutionActivities, PackageActivities, RequestActivities } from './contract.ts';
import { caseLetter, caseStep, caseWalk } from './profiles.ts';
import { sendReleased } from './sending.ts';

const steps = proxyActivities<RequestActivities>(caseStep);
const letters = proxyActivities<RequestActivities>(caseLetter);
const walks = proxyActivities<RequestActivities>(caseWalk);
const packages = proxyActivities<PackageActivities>(caseWalk);

/** What a decision destroys goes through the gate, on the queue that has it and its limits. */
const decisions = () =>
  proxyActivities<ExecutionActivities>({ ...caseWalk, taskQueue: erasureQueueBeside(workflowInfo().taskQueue) });

/** Runs that began before recipients were told of restrictions that hold while a right is weighed go on without. */
const provisionalRestrictionsTold = 'provisional-restrictions-told';

/** Does a piece of work and reports it. What has become pointless meanwhile is done but not reported. */
export const doWork = async (file: RequestCase, work: Work): Promise<void> => {
  const { caseId, controller, suspension } = file.state;
  const step = { caseId, controller, now: now() };
  const reviewAt = instantPlus(step.now, days(file.rules.restrictionReviewDays));
  const report = (event: CaseEvent, stillTrue: () => boolean): Promise<void> =>
    file.report(() => (stillTrue() ? [event] : []));
  switch (work.kind) {
    case 'suspend': {
      const { suspensionId } = await steps.keepForRequest({ ...step, suspensionId: uuid4() });
      return report(
        { kind: 'suspension-placed-again', suspensionId },
        () => file.state.suspension.state === 'released',
      );
    }
    case 'release-suspension':
      await steps.releaseForRequest({ ...step, suspensionId: suspension.id });
      return report({ kind: 'suspension-released' }, () => file.state.suspension.state === 'active');
    case 'restrict': {
      const { suspensionId } = await steps.restrictMeanwhile({
        ...step,
        suspensionId: uuid4(),
        right: work.right,
        reviewAt,
      });
      return report(
        { kind: 'restriction-placed', right: work.right, suspensionId, reviewAt },
        () => findRight(file.state, work.right)?.restriction?.state === 'ordered',
      );
    }
    case 'lift': {
      const { suspensionId, why } = findRight(file.state, work.right)?.restriction ?? {};
      if (suspensionId !== undefined) await steps.liftRestriction({ ...step, suspensionId, right: work.right });
      // Recipients were told of the restriction; they hear of its end too.
      if (why === 'decided' || patched(provisionalRestrictionsTold))
        await steps.tellRecipients({ ...step, right: work.right, lifted: true });
      return report(
        { kind: 'restriction-lifted', right: work.right },
        () => findRight(file.state, work.right)?.restriction?.state === 'lifting',
      );
    }
    case 'compose': {
      const { letterId } = work;
      await letters.composeLetter({ ...step, letterId });
      const rendered = await letters.renderLetter({ ...step, letterId });
      // One package a letter, under its id: a step that is repeated makes no second one.
      if (carriesCopy(file.state, letterId)) await packages.buildPackage({ ...step, packageId: letterId, letterId });
      return report(
        { kind: 'letter-composed', letterId, ...rendered },
        () => findLetter(file.state, letterId)?.state === 'ordered',
      );
    }
    case 'send':
      return sendReleased(file, work);
    case 'search': {
      const manifest = await walks.searchSubject({ ...step, manifestId: uuid4() });
      const told = patched(provisionalRestrictionsTold) ? { restrictionsTold: true as const } : {};
      return report({ kind: 'search-finished', manifest, ...told }, () => file.state.stage === 'searching');
    }
    case 'execute': {
      const manifestId = file.state.manifest?.manifestId;
      if (manifestId !== undefined && rights[rightKind(work.right)].recipientsTold) {
        await walks.noteReferences({ ...step, right: work.right, manifestId });
      }
      const { manifestId: _, ...done } = await decisions().executeDecision({
        ...step,
        right: work.right,
        suspensionId: uuid4(),
        restrictionReviewAt: reviewAt,
        ...(manifestId === undefined ? {} : { manifestId }),
      });
      return report(
        { kind: 'executed', right: work.right, ...done, ...(done.kept === undefined ? {} : { reviewAt }) },
        () => findRight(file.state, work.right)?.state === 'executing',
      );
    }
    case 'tell-recipients': {
      const { manifest } = file.state;
      // A restriction that holds meanwhile is notified before anything is decided, so the ids are not noted yet.
      if (findRight(file.state, work.right)?.executed === undefined && manifest !== undefined) {
        await walks.noteReferences({ ...step, right: work.right, manifestId: manifest.manifestId });
      }
      const { recipients } = await steps.tellRecipients({ ...step, right: work.right });
      return report(
        { kind: 'recipients-told', right: work.right, recipients },
        () => findRight(file.state, work.right)?.recipients === 'due',
      );
    }
    default:
      return assertNever(work);
  }
};
