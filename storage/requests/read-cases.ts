/** Reading the case file: one case with its history, and lists for people (never from Temporal's visibility). */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseEvent, RecordedEvent } from '../../domain/request/course/events.ts';
import type { RightKind } from '../../domain/request/course/rights.ts';
import type { Stage, WaitingFor } from '../../domain/request/course/states.ts';
import type { CasePerson, CommandWords } from '../../domain/request/decision/case-words.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, fromDateOrUndefined, toDate } from '../database/instants.ts';
import { behind, type Outbox } from '../outbox/outbox.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { readState } from './case-row.ts';
import { openPerson, openWords } from './person.ts';

/** One case: its state, and who it is about. */
export type StoredCase = {
  readonly state: CaseState;
  readonly registeredAt: Instant;
  readonly policyVersion: number;
  readonly workflowStarted: boolean;
};

/** The case with an id, or `undefined`. */
export const readCase = async (db: Database, caseId: string): Promise<StoredCase | undefined> => {
  const row = await db
    .selectFrom('request_case')
    .select(['state', 'registered_at', 'policy_version', 'workflow_started_at'])
    .where('id', '=', caseId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    state: readState(row.state),
    registeredAt: fromDate(row.registered_at),
    policyVersion: row.policy_version,
    workflowStarted: row.workflow_started_at !== null,
  };
};

/** Who asks, about whom, and what they wrote. */
export const readPerson = async (db: Database, sealing: Sealing, caseId: string): Promise<CasePerson | undefined> => {
  const row = await db.selectFrom('request_case').select('sealed_person').where('id', '=', caseId).executeTakeFirst();
  return row === undefined ? undefined : openPerson(sealing, caseId, row.sealed_person);
};

// An event was written from its own type and is append-only.
const asEvent = (stored: unknown): CaseEvent => stored as CaseEvent;

/** The complete history of a case, oldest first. */
export const readHistory = async (db: Database, caseId: string): Promise<readonly RecordedEvent[]> => {
  const rows = await db
    .selectFrom('request_event')
    .select(['sequence', 'at', 'actor', 'role', 'command_id', 'event'])
    .where('case_id', '=', caseId)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => ({
    sequence: row.sequence,
    at: fromDate(row.at),
    actor: row.actor,
    role: row.role,
    ...(row.command_id === null ? {} : { commandId: row.command_id }),
    event: asEvent(row.event),
  }));
};

/** The words of a case's commands, by command id. */
export const readWords = async (
  db: Database,
  sealing: Sealing,
  caseId: string,
): Promise<ReadonlyMap<string, CommandWords>> => {
  const rows = await db
    .selectFrom('request_command')
    .select(['id', 'sealed_words'])
    .where('case_id', '=', caseId)
    .where('state', '=', 'accepted')
    .where('sealed_words', 'is not', null)
    .execute();
  return new Map(rows.map(({ id, sealed_words }) => [id, openWords(sealing, id, sealed_words)]));
};

/** Where a page ends: the due date and id of its last case. */
export type CaseCursor = { readonly dueAt: Instant | undefined; readonly caseId: string };

/** A page of a controller's cases, filtered as staff look for them. */
export type ListCasesInput = {
  readonly controller: ControllerId;
  readonly stage?: Stage;
  readonly waitingFor?: WaitingFor;
  readonly right?: RightKind;
  /** Only cases whose deadline is before this instant. */
  readonly dueBefore?: Instant;
  /** Only cases whose deadline has come at this instant, or only the others, those without a deadline among them. */
  readonly overdue?: { readonly at: Instant; readonly wanted: boolean };
  readonly includeClosed: boolean;
  readonly after?: CaseCursor;
  readonly limit: number;
};

/** A line of a list: nothing of the person. */
export type ListedCase = {
  readonly state: CaseState;
  readonly waitingFor: string;
  readonly dueAt: Instant | undefined;
};

/** A page of cases, due soonest first; those whose clock stands still come last. */
export const listCases = async (
  db: Database,
  { controller, stage, waitingFor, right, dueBefore, overdue, includeClosed, after, limit }: ListCasesInput,
): Promise<readonly ListedCase[]> => {
  const due = sql<Date>`coalesce(due_at, 'infinity'::timestamptz)`;
  const rows = await db
    .selectFrom('request_case')
    .select(['id', 'state', 'waiting_for', 'due_at'])
    .where('controller', '=', controller)
    .$if(stage !== undefined, (query) => query.where('stage', '=', stage ?? ''))
    .$if(stage === undefined && !includeClosed, (query) => query.where('stage', '<>', 'closed'))
    .$if(waitingFor !== undefined, (query) => query.where('waiting_for', '=', waitingFor ?? ''))
    .$if(dueBefore !== undefined, (query) =>
      query.where('due_at', '<', dueBefore === undefined ? null : toDate(dueBefore)),
    )
    .$if(overdue !== undefined, (query) =>
      query.where(sql<boolean>`(${due} <= ${overdue?.at ?? null}::timestamptz) = ${overdue?.wanted ?? true}`),
    )
    .$if(right !== undefined, (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('request_right')
            .select('case_id')
            .whereRef('request_right.case_id', '=', 'request_case.id')
            .where('right_kind', '=', right ?? ''),
        ),
      ),
    )
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(${due}, id) > (coalesce(${after?.dueAt ?? null}::timestamptz, 'infinity'), ${after?.caseId ?? null}::uuid)`,
      ),
    )
    .orderBy(due)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    state: readState(row.state),
    waitingFor: row.waiting_for,
    dueAt: fromDateOrUndefined(row.due_at),
  }));
};

/** What the id of a case's workflow is made of. */
export type CaseWorkflow = {
  readonly caseId: string;
  readonly reference: string;
  /** Whether its id bears the reference; a case that was taken in before there were such ids keeps its old one. */
  readonly byReference: boolean;
};

/** What the ids of these cases' workflows are made of, in the order of the cases' ids. */
export const caseWorkflows = async (db: Database, ids: readonly string[]): Promise<readonly CaseWorkflow[]> => {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('request_case')
    .select(['id', 'reference', 'workflow_by_reference'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .execute();
  return rows.map(({ id, reference, workflow_by_reference: byReference }) => ({
    caseId: id,
    reference,
    byReference,
  }));
};

/** The same of one case, which must exist. */
export const caseWorkflow = async (db: Database, id: string): Promise<CaseWorkflow> => {
  const [found] = await caseWorkflows(db, [id]);
  if (found === undefined) throw new RangeError('There is no case of this id');
  return found;
};

/** Notes that the workflows of cases run. */
export const markStarted = async (
  db: Database | DatabaseTransaction,
  caseIds: readonly string[],
  now: Instant,
): Promise<void> => {
  await db
    .updateTable('request_case')
    .set({ workflow_started_at: toDate(now) })
    .where('id', 'in', [...caseIds])
    .where('workflow_started_at', 'is', null)
    .execute();
};

/** A case that waits for its workflow to be started, and what it starts with. */
export type CaseToStart = { readonly state: CaseState; readonly workflow: CaseWorkflow };

/** Cases that no workflow was started for, oldest first; not locked, since the API may be about to send the case a command. */
export const casesToStart: Outbox<CaseToStart> = {
  table: 'request_case',
  idOf: ({ workflow }) => workflow.caseId,
  take: async (tx, { limit, after }) => {
    const rows = await tx
      .selectFrom('request_case')
      .select(['id', 'reference', 'workflow_by_reference', 'state'])
      .where('workflow_started_at', 'is', null)
      .where(behind('request_case', 'registered_at', after))
      .orderBy('registered_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      state: readState(row.state),
      workflow: { caseId: row.id, reference: row.reference, byReference: row.workflow_by_reference },
    }));
  },
  mark: async (tx, cases, now) => {
    await markStarted(
      tx,
      cases.map(({ state }) => state.caseId),
      now,
    );
  },
};

/** Earlier cases of a controller by their references: when they came and how they ended. */
export const findByReferences = async (
  db: Database,
  controller: ControllerId,
  references: readonly string[],
  timeZone: string,
): Promise<readonly { readonly reference: string; readonly receivedOn: LocalDate; readonly outcome: string }[]> => {
  if (references.length === 0) return [];
  const rows = await db
    .selectFrom('request_case')
    .select(['reference', 'received_at', 'state'])
    .where('controller', '=', controller)
    .where('reference', 'in', [...references])
    .orderBy('received_at')
    .execute();
  return rows.map((row) => ({
    reference: row.reference,
    receivedOn: localDateAt(fromDate(row.received_at), timeZone),
    outcome: readState(row.state)
      .rights.map(({ key, decided, ending }) => `${key}: ${decided?.decision.outcome ?? ending ?? 'open'}`)
      .join(', '),
  }));
};
