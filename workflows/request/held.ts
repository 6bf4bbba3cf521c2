/**
 * Takes up again what a decision erases and something kept back (Art. 17(3)(b), (e)), once that has ended. The letter said that it would
 * be done without being asked for again, so no person has to remember it: the case stays open until it is done and the answer sent.
 */
import { proxyActivities, uuid4, workflowInfo } from '@temporalio/workflow';
import { findRight, type RightCase } from '../../domain/request/course/case-state.ts';
import type { CaseEvent } from '../../domain/request/course/events.ts';
import { waitingErasures } from '../../domain/request/course/next-work.ts';
import { erasureQueueBeside } from '../queues.ts';
import { now, type RequestCase } from './case.ts';
import type { ExecutionActivities, RecipientActivities } from './contract.ts';
import { caseWalk } from './profiles.ts';

type Erased = Omit<Awaited<ReturnType<ExecutionActivities['eraseHeld']>>, 'manifestId' | 'restricted'>;

/** Whether an attempt came to something that the case does not know yet. */
const isNews = ({ executed }: RightCase, { certificateCount = 0, records, kept }: Erased): boolean =>
  kept === undefined ||
  kept.records !== executed?.kept ||
  records !== executed.records ||
  certificateCount !== executed.certificates;

const eraseReport = (found: RightCase | undefined, erased: Erased, letterId: string): readonly CaseEvent[] => {
  if (found?.heldErasure?.state !== 'waiting' || !isNews(found, erased)) return [];
  const { reviewAt } = found.heldErasure;
  // An answer that is still to be written tells of it itself.
  const answered = found.state === 'lettered' || found.state === 'closed';
  return [
    {
      kind: 'held-erased',
      right: found.key,
      ...erased,
      ...(erased.kept === undefined || reviewAt === undefined ? {} : { reviewAt }),
      ...(erased.kept === undefined && answered ? { letterId } : {}),
    },
  ];
};

/** Tries each erasure that waits. What is still kept stays waiting, and nothing is said of it. */
export const eraseWhatWasHeld = async (file: RequestCase): Promise<void> => {
  const walks = proxyActivities<RecipientActivities>(caseWalk);
  const decisions = proxyActivities<ExecutionActivities>({
    ...caseWalk,
    taskQueue: erasureQueueBeside(workflowInfo().taskQueue),
  });
  for (const right of waitingErasures(file.state)) {
    const { caseId, controller, manifest } = file.state;
    const step = { caseId, controller, now: now(), right };
    // By which ids recipients know what is about to go: emptied when they had been told of what went before.
    if (manifest !== undefined) await walks.noteReferences({ ...step, manifestId: manifest.manifestId });
    await file.whileErasing(async () => {
      // Taken back meanwhile: nothing is erased by this decision any more.
      if (!waitingErasures(file.state).includes(right)) return;
      const { manifestId: _, restricted: __, ...erased } = await decisions.eraseHeld(step);
      const letterId = uuid4();
      await file.report((state) => eraseReport(findRight(state, right), erased, letterId));
    });
  }
};
