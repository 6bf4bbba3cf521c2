/**
 * Art. 19 for the `request` workflow: before a decision is carried out, the ids under which recipients know the records are noted;
 * afterwards one durable task per recipient is ordered, whose workflow the worker's outbox starts.
 */
import { heartbeat } from '@temporalio/activity';
import { suspensionId } from '../../../domain/ids.ts';
import type { NoticeKind } from '../../../domain/recipient/notification.ts';
import { type CaseState, findRight, type RightCase } from '../../../domain/request/course/case-state.ts';
import type { CaseEvent } from '../../../domain/request/course/events.ts';
import { type RightKey, rightKind } from '../../../domain/request/course/rights.ts';
import { exceptionsInForce } from '../../../domain/request/decision/decided-records.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { type NoticeRecords, orderNotice } from '../../../storage/recipients/order-notice.ts';
import { noteReferences } from '../../../storage/recipients/references.ts';
import { readCommandWords } from '../../../storage/requests/commands.ts';
import { readCase, readHistory } from '../../../storage/requests/read-cases.ts';
import { readSuspension } from '../../../storage/suspensions/read-suspension.ts';
import type { NotificationActivities } from '../../../workflows/notification/contract.ts';
import type { RecipientActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { createNotificationActivities, type NotificationDeps } from '../../notification/activities.ts';
import { policyFor, type RequestDeps } from '../case-file/case-file.ts';
import { disclosedClasses, recipientsOf } from './disclosed-to.ts';

export { recipientsOf } from './disclosed-to.ts';

type Notice = { readonly what: NoticeKind; readonly doneAt: Instant; readonly records: NoticeRecords };

/** What a decision says of single records: in the words of the officer, as far as it differs from their class. */
const exceptionsOf = async ({ database, sealing }: RequestDeps, caseId: string, right: RightKey) => {
  const history = await readHistory(database, caseId);
  const said = async (kind: Extract<CaseEvent, { right: RightKey }>['kind']) => {
    const last = history.findLast(({ event }) => event.kind === kind && 'right' in event && event.right === right);
    return last?.commandId === undefined
      ? undefined
      : (await readCommandWords(database, sealing, last.commandId)).exceptions;
  };
  const inForce = exceptionsInForce(await said('decided'), await said('decision-prepared'));
  const idsOf = (granted: boolean) =>
    inForce.filter(({ result }) => (result === 'granted') === granted).map(({ recordId }) => recordId);
  return { besides: idsOf(true), except: idsOf(false) };
};

const decidedRecords = async (deps: RequestDeps, state: CaseState, right: RightCase): Promise<NoticeRecords> => ({
  kind: 'decided',
  manifestId: state.manifest?.manifestId ?? state.caseId,
  recordClasses: (right.decided?.decision.lines ?? [])
    .filter(({ result }) => result === 'granted')
    .map(({ recordClass }) => recordClass),
  ...(await exceptionsOf(deps, state.caseId, right.key)),
});

/** The restriction that holds while a right is weighed (Art. 18(1)(a), (d)), of what the search found. */
const restrictionMeanwhile = async (
  { database }: RequestDeps,
  { manifest }: CaseState,
  { restriction }: RightCase,
): Promise<readonly Notice[]> => {
  const id = restriction?.why === 'decided' ? undefined : restriction?.suspensionId;
  const suspension = id === undefined ? undefined : await readSuspension(database, suspensionId(id));
  if (suspension === undefined || manifest === undefined) return [];
  const { manifestId, frozenAt } = manifest;
  return [{ what: 'restricted', doneAt: frozenAt, records: { kind: 'found', manifestId } }];
};

/** What was done under a right, each part with its records. */
const noticesOf = async (deps: RequestDeps, state: CaseState, right: RightCase): Promise<readonly Notice[]> => {
  const { executed, decided, key } = right;
  if (executed === undefined || decided === undefined) return restrictionMeanwhile(deps, state, right);
  const doneAt = executed.at;
  const erased: Notice = { what: 'erased', doneAt, records: { kind: 'erased' } };
  switch (rightKind(key)) {
    case 'rectification':
      return [{ what: 'rectified', doneAt, records: { kind: 'rectified', decidedAt: decided.at } }];
    case 'erasure':
    case 'consent-withdrawal':
      return [erased];
    case 'restriction':
      return [{ what: 'restricted', doneAt, records: await decidedRecords(deps, state, right) }];
    case 'objection':
      return [erased, { what: 'processing-stopped', doneAt, records: await decidedRecords(deps, state, right) }];
    default:
      return [];
  }
};

/** A restriction was lifted: each recipient that was asked to restrict is notified, once for each lifting. */
const liftingOf = async ({ database }: RequestDeps, right: RightCase, now: Instant): Promise<Notice> => {
  const id = right.restriction?.suspensionId;
  const suspension = id === undefined ? undefined : await readSuspension(database, suspensionId(id));
  return {
    what: 'restriction-lifted',
    doneAt: suspension?.releasedAt ?? now,
    records: { kind: 'as-told', what: 'restricted' },
  };
};

/**
 * Makes what the `request` workflow needs of Art. 19, and the activities of the `notification` workflow with it. They run on the
 * procedures queue.
 */
export const createRecipientActivities = (deps: NotificationDeps): RecipientActivities & NotificationActivities => ({
  ...createNotificationActivities(deps),
  noteReferences: ({ caseId, controller, manifestId }) =>
    noteReferences(
      { db: deps.database, sealing: deps.sealing },
      { caseId, manifestId, recordClasses: disclosedClasses(policyFor(deps, controller)), heartbeat },
    ),
  tellRecipients: async ({ caseId, controller, now, right: key, lifted }) => {
    const file = await readCase(deps.database, caseId);
    if (file === undefined) throw failureOf('case-unknown');
    const right = findRight(file.state, key);
    if (right === undefined) return { recipients: 0 };
    const policy = policyFor(deps, controller);
    const notices = lifted === true ? [await liftingOf(deps, right, now)] : await noticesOf(deps, file.state, right);
    let recipients = 0;
    for (const notice of notices) {
      recipients += await orderNotice(deps.database, {
        ...notice,
        caseId,
        controller,
        right: key,
        recipientsOf: (recordClasses) => recipientsOf(policy, recordClasses),
        now,
      });
    }
    return { recipients };
  },
});
