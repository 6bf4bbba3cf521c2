/**
 * The one place where a case changes after its intake: events, state, projections and audit entries in one transaction. Repeating it
 * changes nothing; another writer in between is noticed (I9, I10).
 */

import { sql } from 'kysely';
import { type AuditEntry, type AuditRole, auditRoles } from '../../domain/audit.ts';
import { given } from '../../domain/given.ts';
import { type ControllerId, suspensionId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { ClockEvents, ComputedClock } from '../../domain/request/clock/clock.ts';
import { applyEvents, type CaseClocks, clocksOf, withClocks } from '../../domain/request/course/apply-event.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseEvent, EventMeta } from '../../domain/request/course/events.ts';
import { pendingReviewOn } from '../../domain/request/decision/case-rules.ts';
import { appendAuditEntries } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { caseColumns, readState, rightRow } from './case-row.ts';
import { type FileCaseInput, type FiledCase, fileCase, lookAtFile, redateCaseFile } from './file-case.ts';
import { addIdentifiers } from './identifiers.ts';

/** Events that follow on a revision, and what must be known to write what they bring about. */
export type RecordCaseEventsInput = {
  readonly caseId: string;
  readonly onRevision: number;
  readonly events: readonly CaseEvent[];
  readonly meta: EventMeta;
  /** Identifiers that became known with this step, in their normalised form. */
  readonly identifiers?: readonly { readonly kind: string; readonly value: string }[];
  /** The statutory clock of the case's controller. */
  readonly compute: (controller: ControllerId, events: ClockEvents) => ComputedClock;
  /** The policy in force of the case's controller: it says how long a closed case's file is kept. */
  readonly policyOf: (controller: ControllerId) => Policy;
};

/** The case after the events. `moved-on`: another writer was first, and nothing was written. */
export type RecordCaseEventsResult =
  | { readonly kind: 'recorded'; readonly state: CaseState; readonly clocks: CaseClocks }
  | { readonly kind: 'moved-on'; readonly revision: number }
  | { readonly kind: 'unknown' };

/** A role as the audit trail knows it; Oblio's own acts are `system`. */
export const auditRole = (role: string): AuditRole => auditRoles.find((known) => known === role) ?? 'system';

/** The entries of the audit trail for events: their kind and codes, no words. */
export const auditOf = (
  state: CaseState,
  events: readonly CaseEvent[],
  meta: EventMeta,
  first: number,
): readonly AuditEntry[] =>
  events.map((event, index) => ({
    at: meta.at,
    actor: meta.actor,
    role: auditRole(meta.role),
    action: event.kind === 'received' ? 'case-received' : 'case-changed',
    controller: state.controller,
    target: { kind: 'case', id: state.caseId },
    why: event.kind,
    detail: {
      sequence: first + index,
      ...('right' in event ? { right: event.right } : {}),
      ...('letterId' in event && event.letterId !== undefined ? { letterId: event.letterId } : {}),
      ...(event.kind === 'decided' ? { outcome: event.decision.outcome, grounds: event.decision.grounds } : {}),
      ...(event.kind === 'receipt-corrected' ? { receivedAt: event.receivedAt, formerly: event.formerly } : {}),
      ...given({ commandId: meta.commandId }),
    },
  }));

/** Appends events of a case whose row is locked or new. */
export const insertEvents = async (
  tx: DatabaseTransaction,
  caseId: string,
  first: number,
  events: readonly CaseEvent[],
  meta: EventMeta,
): Promise<void> => {
  await tx
    .insertInto('request_event')
    .values(
      events.map((event, index) => ({
        case_id: caseId,
        sequence: first + index,
        at: toDate(meta.at),
        actor: meta.actor,
        role: meta.role,
        command_id: meta.commandId ?? null,
        kind: event.kind,
        event: JSON.stringify(event),
      })),
    )
    .execute();
};

/** Brings the rows of the rights in line; a right that triage did not confirm is closed, never removed. */
const projectRights = async (tx: DatabaseTransaction, state: CaseState): Promise<void> => {
  const rows = state.rights.map((right) => rightRow(state, right));
  if (rows.length > 0) {
    await tx
      .insertInto('request_right')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['case_id', 'right_key']).doUpdateSet({
          state: sql`excluded.state`,
          outcome: sql`excluded.outcome`,
          ending: sql`excluded.ending`,
          due_at: sql`excluded.due_at`,
        }),
      )
      .execute();
  }
  await tx
    .updateTable('request_right')
    .set({ state: 'closed', ending: 'not-a-request', due_at: null })
    .where('case_id', '=', state.caseId)
    .where('state', '<>', 'closed')
    .$if(rows.length > 0, (query) =>
      query.where(
        'right_key',
        'not in',
        rows.map(({ right_key }) => right_key),
      ),
    )
    .execute();
};

const wereRecorded = async (
  tx: DatabaseTransaction,
  { caseId, onRevision, events, meta }: RecordCaseEventsInput,
): Promise<boolean> => {
  const stored = await tx
    .selectFrom('request_event')
    .select(['actor', 'command_id', 'event'])
    .where('case_id', '=', caseId)
    .where('sequence', '>', onRevision)
    .where('sequence', '<=', onRevision + events.length)
    .orderBy('sequence')
    .execute();
  return (
    stored.length === events.length &&
    stored.every(
      (row, index) =>
        row.actor === meta.actor &&
        row.command_id === (meta.commandId ?? null) &&
        canonicalJson(row.event) === canonicalJson(events[index]),
    )
  );
};

/**
 * Closing a case files it, opening and closing it again dates its file anew: in the transaction of the event, so that no closed case is
 * ever without its end.
 */
const keepFileInStep = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { filed, before, ...input }: FileCaseInput & { readonly filed: FiledCase; readonly before: CaseState },
): Promise<void> => {
  const [wasClosed, isClosed] = [before.stage === 'closed', input.state.stage === 'closed'];
  if (filed === 'filed') {
    if (wasClosed !== isClosed) await redateCaseFile(tx, input);
  } else if (isClosed) await fileCase(tx, sealing, input);
};

/**
 * Dates anew what the receipt of a case dates when it is put right: the review of the suspension of the pending request, unless staff
 * have set another day meanwhile, and from when a refusal binds. A refusal is taken back after it was written down, so its end never
 * comes before its new beginning.
 */
const followReceipt = async (
  tx: DatabaseTransaction,
  {
    state,
    events,
    policy,
  }: { readonly state: CaseState; readonly events: readonly CaseEvent[]; readonly policy: Policy },
): Promise<void> => {
  for (const event of events) {
    if (event.kind !== 'receipt-corrected') continue;
    const { formerly, receivedAt } = event;
    await tx
      .updateTable('suspension')
      .set({ review_on: pendingReviewOn(policy, receivedAt) })
      .where('id', '=', suspensionId(state.suspension.id))
      .where('state', '=', 'active')
      .where('review_on', '=', pendingReviewOn(policy, formerly))
      .execute();
    await tx
      .updateTable('opt_out')
      .set({ effective_at: toDate(receivedAt) })
      .where('case_id', '=', state.caseId)
      .where('effective_at', '=', toDate(formerly))
      .execute();
  }
};

/** Records what has happened to a case. */
export const recordCaseEvents = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  input: RecordCaseEventsInput,
): Promise<RecordCaseEventsResult> =>
  db.transaction().execute(async (tx) => {
    const { caseId, onRevision, events, meta, compute, policyOf, identifiers = [] } = input;
    const found = await tx.selectFrom('request_case').select('controller').where('id', '=', caseId).executeTakeFirst();
    if (found === undefined) return { kind: 'unknown' };
    // The fence comes before the case's row, in every transaction.
    if (identifiers.length > 0) await takeFenceExclusive(tx, found.controller);
    const filed = await lookAtFile(tx, { caseId, controller: found.controller });
    // Past the point of no return: there is no case any more to which something could happen.
    if (filed === 'being-erased') return { kind: 'unknown' };
    const row = await tx
      .selectFrom('request_case')
      .select(['state', 'revision'])
      .where('id', '=', caseId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return { kind: 'unknown' };
    const before = readState(row.state);
    if (row.revision !== onRevision) {
      // An attempt that was killed after its commit: the same events are there already.
      if (!(await wereRecorded(tx, input))) return { kind: 'moved-on', revision: row.revision };
      return {
        kind: 'recorded',
        state: before,
        clocks: clocksOf(before, (those) => compute(before.controller, those)),
      };
    }
    const applied = applyEvents(before, events, meta);
    const clocks = clocksOf(applied, (those) => compute(before.controller, those));
    const state = withClocks(applied, clocks);
    await insertEvents(tx, caseId, onRevision + 1, events, meta);
    await tx.updateTable('request_case').set(caseColumns(state, meta.at)).where('id', '=', caseId).execute();
    await projectRights(tx, state);
    await followReceipt(tx, { state, events, policy: policyOf(state.controller) });
    if (identifiers.length > 0) await addIdentifiers(tx, sealing, { state, identifiers, now: meta.at });
    if (meta.commandId !== undefined) {
      await tx
        .updateTable('request_command')
        .set({ state: 'accepted', answer: JSON.stringify({ revision: state.revision, stage: state.stage }) })
        .where('id', '=', meta.commandId)
        .where('state', '=', 'submitted')
        .execute();
    }
    await appendAuditEntries(tx, auditOf(state, events, meta, onRevision + 1));
    await keepFileInStep(tx, sealing, { filed, before, state, policy: policyOf(state.controller), at: meta.at });
    return { kind: 'recorded', state, clocks };
  });
