/**
 * Puts a closed case on the way to its end: its file is a record of the controller's class for case files, dated from the closing, and
 * ends in the same gate as every other record (Art. 5(1)(e)). The record's id is the case's id and its source id the reference. A
 * reopened case is dated anew, from the reopening and then from the next closing; its file never falls due on an old date.
 */
import { sql } from 'kysely';
import { type CertificateId, type ControllerId, recordId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { dueAt, retentionWindow } from '../../domain/policy/retention-dates.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { caseFileClassOf, fileOwnRecord } from '../records/file-own-record.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { keepCovered } from '../suspensions/keep-covered.ts';
import { subjectScope } from './identifiers.ts';

/** Whether a case's file is in the gate's hands: not yet, dated, or past the point of no return. */
export type FiledCase = 'not-filed' | 'filed' | 'being-erased';

/** Looks, and takes the fence where a date may change: the gate then writes no intent for this controller until the end of the transaction. */
export const lookAtFile = async (
  tx: DatabaseTransaction,
  { caseId, controller }: { readonly caseId: string; readonly controller: ControllerId },
): Promise<FiledCase> => {
  const filed = await tx.selectFrom('record').select('id').where('id', '=', recordId(caseId)).executeTakeFirst();
  if (filed === undefined) return 'not-filed';
  await takeFenceExclusive(tx, controller);
  const erased = await tx
    .selectFrom('erasure_item')
    .select('record_id')
    .where('record_id', '=', recordId(caseId))
    .executeTakeFirst();
  return erased === undefined ? 'filed' : 'being-erased';
};

/**
 * Makes the files of a case objects of its record, so that flags of holds, comparisons with the store and certificates count them; one
 * that was on its way the last time counts once it is stored. Without a record it does nothing. Repeating it adds what came meanwhile.
 */
export const fileAttachments = async (tx: DatabaseTransaction, caseId: string): Promise<void> => {
  await sql`
    INSERT INTO record_object (id, record_id, name, media_type, object_key, state, version_id, size, sha256, created_at)
    SELECT id, case_id, id::text, media_type, object_key, state, version_id, size, coalesce(sha256, ''::bytea), created_at
    FROM request_attachment AS attachment
    WHERE case_id = ${caseId} AND EXISTS (SELECT FROM record WHERE record.id = attachment.case_id)
    ON CONFLICT (id) DO UPDATE
    SET state = excluded.state, version_id = excluded.version_id, size = excluded.size, sha256 = excluded.sha256
    WHERE record_object.state = 'uploading' AND excluded.state = 'stored'`.execute(tx);
};

/** A closed or reopened case and the policy that says how long its file is kept. */
export type FileCaseInput = {
  readonly state: CaseState;
  readonly policy: Policy;
  /** The event from which the period runs. */
  readonly at: Instant;
};

const audit = (
  tx: DatabaseTransaction,
  { state, at }: FileCaseInput,
  action: 'record-registered' | 'records-redated',
) =>
  appendAuditEntry(tx, {
    at,
    actor: 'oblio',
    role: 'system',
    action,
    controller: state.controller,
    target: { kind: 'record', id: state.caseId },
    why: state.stage === 'closed' ? 'case-closed' : 'case-reopened',
  });

/** Registers the file of a case that was closed for the first time. */
export const fileCase = async (tx: DatabaseTransaction, sealing: Sealing, input: FileCaseInput): Promise<void> => {
  const { state, policy, at } = input;
  const { controller, caseId, reference } = state;
  // Found by the same keys as the case itself; one that names no findable person by a key that fits no record.
  const subjects = await tx
    .selectFrom('request_subject')
    .select(['kind', 'subject_key'])
    .where('case_id', '=', caseId)
    .execute();
  const keys =
    subjects.length > 0
      ? subjects.map(({ kind, subject_key }) => ({ kind, key: subject_key }))
      : subjectScope(sealing, controller, caseId, []).flatMap(({ subject }) =>
          subject === undefined ? [] : [{ kind: 'case-without-identifier', key: subject }],
        );
  // The row of the case is locked by this transaction, so no other transaction can have filed it.
  const recordClass = caseFileClassOf(policy);
  await fileOwnRecord(tx, sealing, { id: recordId(caseId), reference, policy, recordClass, at, subjects: keys });
  await fileAttachments(tx, caseId);
  await audit(tx, input, 'record-registered');
};

/**
 * Dates the file of a case anew, by the policy that dated it. A hold over the days in which it was closed before keeps it all the same.
 * The transaction holds the fence exclusively.
 */
export const redateCaseFile = async (tx: DatabaseTransaction, input: FileCaseInput): Promise<void> => {
  const { controller, caseId } = input.state;
  const change = () => dateAnew(tx, input);
  await keepCovered(tx, { controller, recordId: recordId(caseId), now: input.at, why: 'record-redated', change });
  await fileAttachments(tx, caseId);
  await audit(tx, input, 'records-redated');
};

const dateAnew = async (tx: DatabaseTransaction, { state, policy, at }: FileCaseInput): Promise<void> => {
  const { caseId } = state;
  const row = await tx
    .selectFrom('record')
    .select('unit_id')
    .where('id', '=', recordId(caseId))
    .executeTakeFirstOrThrow();
  const window = retentionWindow({ rule: caseFileClassOf(policy).rule, triggerAt: at, timeZone: policy.timeZone });
  await tx
    .updateTable('retention_unit')
    .set({
      bound_day: window.boundDay,
      opens_at: toDate(window.opensAt),
      due_at: toDate(dueAt({ window, unitId: row.unit_id })),
      bound_at: toDate(window.boundAt),
      // Its workflow is signalled by the worker's outbox.
      redated_at: toDate(at),
    })
    .where('id', '=', row.unit_id)
    .where('state', '=', 'open')
    .execute();
  // What the content says about the first closing stays as it was sealed; the period is counted from this column.
  await tx
    .updateTable('record')
    .set({ trigger_at: toDate(at), policy_version: policy.version })
    .where('id', '=', recordId(caseId))
    .execute();
};

/**
 * The end of a case whose file was erased: its certificate, absent while its absence is not proven yet. `undefined` for a case that
 * never was, or is still here.
 */
export const readCaseEnd = async (
  db: Database,
  { caseId, controller }: { readonly caseId: string; readonly controller: ControllerId },
): Promise<{ readonly certificateId: CertificateId | undefined } | undefined> => {
  const row = await db
    .selectFrom('erasure_item')
    .innerJoin('erasure_intent', 'erasure_intent.id', 'erasure_item.intent_id')
    .leftJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_intent.id')
    .select('disposition_certificate.id as certificate_id')
    .where('erasure_item.record_id', '=', recordId(caseId))
    .where('erasure_intent.controller', '=', controller)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { certificateId: row.certificate_id ?? undefined };
};
