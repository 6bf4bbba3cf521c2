/**
 * Rectifies one record (Art. 16): new sealed content where it may be altered, a statement beside it where it is an archive or the change
 * fits nothing in it. Before and after go into the case file. One transaction a record; repeating it changes nothing (I9).
 */
import { sql } from 'kysely';
import type { ControllerId, RecordClassId, RecordId, UnitId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { type DecidedChange, isArchive, rectifyContent } from '../../domain/request/decision/rectify-content.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { canonicalContent, openContent, type RecordContent, sealContent } from '../records/record-content.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { followContent } from './follow-content.ts';
import { type RectificationKind, sealChange } from './rectifications.ts';
import { attachStatements } from './statements.ts';

/** A change with its place in the decision's list. */
export type PlacedChange = DecidedChange & { readonly position: number };

/** One record and the changes that a decision makes to it, each with its place in the decision. */
export type RectifyRecordInput = {
  readonly controller: ControllerId;
  readonly caseId: string;
  readonly decidedAt: Instant;
  readonly recordId: RecordId;
  readonly changes: readonly PlacedChange[];
  readonly policy: Policy;
  readonly now: Instant;
};

type Row = {
  readonly record_class: RecordClassId;
  readonly unit_id: UnitId;
  readonly policy_version: number;
  readonly sealed_content: Buffer;
};

const lockRecord = async (
  tx: DatabaseTransaction,
  { controller, recordId }: RectifyRecordInput,
): Promise<Row | undefined> => {
  const { rows } = await sql<Row>`
    SELECT record_class, unit_id::text, policy_version, sealed_content FROM record
    WHERE id = ${recordId} AND controller = ${controller}
      AND NOT EXISTS (SELECT FROM erasure_item AS item WHERE item.record_id = record.id)
    FOR UPDATE`.execute(tx);
  return rows[0];
};

const openChanges = async (
  tx: DatabaseTransaction,
  { caseId, decidedAt, changes }: RectifyRecordInput,
): Promise<readonly PlacedChange[]> => {
  const done = await tx
    .selectFrom('request_rectification')
    .select('position')
    .where('case_id', '=', caseId)
    .where('decided_at', '=', toDate(decidedAt))
    .execute();
  const positions = new Set(done.map(({ position }) => position));
  return changes.filter(({ position }) => !positions.has(position));
};

type Settled = { readonly change: PlacedChange; readonly kind: RectificationKind };

/** As it stands beside a record: which part, what stands there, what it should say. */
const inWords = ({ what, before, after }: DecidedChange): string => `${what}: ${before} → ${after}`;

const applyChanges = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  input: RectifyRecordInput,
  { row, changes }: { readonly row: Row; readonly changes: readonly PlacedChange[] },
): Promise<{ readonly settled: readonly Settled[]; readonly redated: UnitId | undefined }> => {
  const { controller, caseId, decidedAt, recordId, policy, now } = input;
  const recordClass = row.record_class;
  const rule = policy.recordClasses.find(({ id }) => id === recordClass);
  const before = openContent(sealing, recordId, row.sealed_content);
  let after: RecordContent = before;
  const settled: Settled[] = [];
  for (const change of changes) {
    const next = rule === undefined || isArchive(rule) ? undefined : rectifyContent(rule, after, change);
    if (next !== undefined) after = next;
    else {
      await attachStatements(tx, sealing, {
        controller,
        caseId,
        decidedAt,
        position: change.position,
        recordIds: [recordId],
        text: inWords(change),
        now,
      });
    }
    settled.push({ change, kind: next === undefined ? 'attached' : 'corrected' });
  }
  if (rule === undefined || after === before) return { settled, redated: undefined };
  // The digest stays that of what the source handed in: handed in again, it is known, and does not come back as it was.
  await tx
    .updateTable('record')
    .set({ sealed_content: sealContent(sealing, recordId, canonicalContent(after)) })
    .where('id', '=', recordId)
    .execute();
  const record = { recordId, controller, recordClass, unitId: row.unit_id, policyVersion: row.policy_version };
  const redated = await followContent(tx, sealing, { policy, rule, record, change: { before, after }, now });
  return { settled, redated };
};

/** Carries out the changes decided for one record. Fails, and changes nothing, when the database does. */
export const rectifyRecord = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  input: RectifyRecordInput,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const { controller, caseId, decidedAt, recordId, policy, now } = input;
    await takeFenceExclusive(tx, controller);
    const changes = await openChanges(tx, input);
    if (changes.length === 0) return;
    const row = await lockRecord(tx, input);
    const { settled, redated } =
      row === undefined
        ? { settled: changes.map((change) => ({ change, kind: 'record-gone' as const })), redated: undefined }
        : await applyChanges(tx, sealing, input, { row, changes });
    const on = localDateAt(now, policy.timeZone);
    await tx
      .insertInto('request_rectification')
      .values(
        settled.map(({ change: { position, what, before, after }, kind }) => ({
          case_id: caseId,
          decided_at: toDate(decidedAt),
          position,
          record_id: recordId,
          kind,
          unit_to_wake: redated ?? null,
          sealed_change: sealChange(sealing, { caseId, decidedAt, position }, { what, before, after, on }),
          done_at: toDate(now),
        })),
      )
      .execute();
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'record-rectified',
      controller,
      target: { kind: 'record', id: recordId },
      why: `case:${caseId}`,
      detail: {
        corrected: settled.filter(({ kind }) => kind === 'corrected').length,
        attached: settled.filter(({ kind }) => kind === 'attached').length,
        redated: redated !== undefined,
        recordGone: row === undefined,
      },
    });
  });
