/**
 * Statements beside records that must not be altered (Art. 16, second sentence): sealed, opened together with the record's content,
 * erased with the record by the gate. Every reader of a record's content shows them.
 */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';

type Reader = Database | DatabaseTransaction;

/** A statement as readers of the record see it. */
export type RecordStatement = { readonly text: string; readonly attachedAt: Instant };

const placeOf = (statementId: string): string => `record-statement/${statementId}`;

/** The position of the decision's statement as a whole; changes have theirs from 0. */
export const wholeStatement = -1;

/** A statement of the person and the records it stands beside. */
export type AttachStatementsInput = {
  readonly controller: ControllerId;
  readonly caseId: string;
  readonly decidedAt: Instant;
  readonly position: number;
  readonly recordIds: readonly RecordId[];
  readonly text: string;
  readonly now: Instant;
};

/**
 * Attaches a statement to those of the records that are here and are not being erased; once each, however often it is called. Returns
 * how many have it.
 */
export const attachStatements = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { controller, caseId, decidedAt, position, recordIds, text, now }: AttachStatementsInput,
): Promise<number> => {
  if (recordIds.length === 0) return 0;
  const rows = recordIds.map((record) => {
    const id = uuid();
    return { record, id, sealed: sealing.seal(Buffer.from(text, 'utf8'), placeOf(id)) };
  });
  const { rows: attached } = await sql<{ id: string }>`
    INSERT INTO record_statement (id, record_id, case_id, decided_at, position, sealed_statement, attached_at)
    SELECT made.id, record.id, ${caseId}::uuid, ${toDate(decidedAt)}::timestamptz, ${position}::integer, made.sealed,
      ${toDate(now)}::timestamptz
    FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ record }) => record)}::uuid[],
      ${rows.map(({ sealed }) => sealed)}::bytea[]) AS made (id, record_id, sealed)
    JOIN record ON record.id = made.record_id AND record.controller = ${controller}
    WHERE NOT EXISTS (SELECT FROM erasure_item AS item WHERE item.record_id = record.id)
    ORDER BY record.id
    ON CONFLICT (record_id, case_id, decided_at, position) DO NOTHING
    RETURNING id`.execute(tx);
  const { here } = await tx
    .selectFrom('record_statement')
    .select(({ fn }) => fn.countAll<number>().as('here'))
    .where('record_id', '=', sql<RecordId>`ANY(${recordIds}::uuid[])`)
    .where('case_id', '=', caseId)
    .where('decided_at', '=', toDate(decidedAt))
    .where('position', '=', position)
    .executeTakeFirstOrThrow();
  if (attached.length > 0) {
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'record-statements-attached',
      controller,
      target: { kind: 'case', id: caseId },
      why: 'rectification',
      detail: { records: attached.length, position },
    });
  }
  return here;
};

/** The statements beside each of the records, oldest first; records without any are not in the answer. */
export const readStatements = async (
  { db, sealing }: { readonly db: Reader; readonly sealing: Sealing },
  recordIds: readonly RecordId[],
): Promise<ReadonlyMap<RecordId, readonly RecordStatement[]>> => {
  if (recordIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('record_statement')
    .select(['id', 'sealed_statement', 'attached_at', sql<RecordId>`record_id::text`.as('record')])
    .where('record_id', '=', sql<RecordId>`ANY(${recordIds}::uuid[])`)
    .orderBy('attached_at')
    .orderBy('position')
    .execute();
  const statements = new Map<RecordId, RecordStatement[]>();
  for (const { id, record, sealed_statement, attached_at } of rows) {
    const statement = {
      text: sealing.open(sealed_statement, placeOf(id)).toString('utf8'),
      attachedAt: fromDate(attached_at),
    };
    const those = statements.get(record);
    if (those) those.push(statement);
    else statements.set(record, [statement]);
  }
  return statements;
};
