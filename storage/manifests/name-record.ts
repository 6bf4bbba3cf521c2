/**
 * Records that staff say are this person's: one that only a contact ties to them, after staff looked; or one that the source knows
 * by its own id, also when it was erased before the request came (its tombstone names no person, so only the source's id finds it).
 * The next search takes them in; from now on the case's suspension keeps them.
 */
import { z } from 'zod';
import { type ControllerId, type RecordClassId, type RecordId, suspensionId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { findRecord } from '../records/find-record.ts';
import { readState } from '../requests/case-row.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { insertClauses } from '../suspensions/clause-rows.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import type { Actor } from '../suspensions/place-suspension.ts';

/** The most records a case may have named; more is a wrong identifier, which is what should be added. */
export const mostNamed = 1000;

/** Which record staff name as the person's, and why. */
export type NameRecordInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly record:
    | { readonly by: 'source'; readonly recordClass: RecordClassId; readonly sourceId: string }
    | { readonly by: 'id'; readonly recordId: RecordId };
  readonly reason: string;
  readonly actor: Actor;
  readonly now: Instant;
};

/** What is known of a named record: here, going, gone with proof, or never handed in. */
export type NamedFate = 'held' | 'being-erased' | 'erased' | 'not-found';

/** Whether it was named, and what had become of the record by then. */
export type NameRecordResult =
  | { readonly kind: 'named'; readonly fate: NamedFate; readonly recordId?: RecordId }
  | { readonly kind: 'case-unknown' | 'case-closed' | 'record-unknown' | 'too-many' };

const words = z.object({ sourceId: z.string(), reason: z.string() });
const placeOf = (caseId: string, sourceKey: Buffer): string => `named-record/${caseId}/${sourceKey.toString('hex')}`;

const fates = { present: 'held', 'being-erased': 'being-erased', erased: 'erased', unknown: 'not-found' } as const;

type Source = { readonly recordClass: RecordClassId; readonly sourceId: string };

const sourceOf = async (
  tx: DatabaseTransaction,
  { controller, record }: NameRecordInput,
): Promise<Source | undefined> => {
  if (record.by === 'source') return { recordClass: record.recordClass, sourceId: record.sourceId };
  const row = await tx
    .selectFrom('record')
    .select(['record_class', 'source_id'])
    .where('id', '=', record.recordId)
    .where('controller', '=', controller)
    .executeTakeFirst();
  return row && { recordClass: row.record_class, sourceId: row.source_id };
};

/** Names a record for a case. Naming it again changes nothing (I9). */
export const nameRecord = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  input: NameRecordInput,
): Promise<NameRecordResult> =>
  db.transaction().execute(async (tx): Promise<NameRecordResult> => {
    const { caseId, controller, reason, actor, now } = input;
    await takeFenceExclusive(tx, controller);
    const row = await tx
      .selectFrom('request_case')
      .select('state')
      .where('id', '=', caseId)
      .where('controller', '=', controller)
      .executeTakeFirst();
    if (row === undefined) return { kind: 'case-unknown' };
    const state = readState(row.state);
    if (state.stage === 'closed') return { kind: 'case-closed' };
    const source = await sourceOf(tx, input);
    if (source === undefined) return { kind: 'record-unknown' };
    const before = await tx
      .selectFrom('request_named_record')
      .select((select) => select.fn.countAll<number>().as('named'))
      .where('case_id', '=', caseId)
      .executeTakeFirstOrThrow();
    if (before.named >= mostNamed) return { kind: 'too-many' };
    const sourceKey = sealing.sourceKey({ controller, ...source });
    const found = await findRecord(tx, sourceKey);
    const fate = fates[found.state];
    const added = await tx
      .insertInto('request_named_record')
      .values({
        case_id: caseId,
        controller,
        record_class: source.recordClass,
        source_key: sourceKey,
        record_id: found.state === 'unknown' ? null : found.recordId,
        named_by: actor.id,
        named_at: toDate(now),
        sealed_words: sealing.seal(
          Buffer.from(JSON.stringify({ sourceId: source.sourceId, reason }), 'utf8'),
          placeOf(caseId, sourceKey),
        ),
      })
      .onConflict((conflict) => conflict.columns(['case_id', 'source_key']).doNothing())
      .returning('case_id')
      .executeTakeFirst();
    if (added !== undefined) {
      if (found.state === 'present' && state.suspension.state === 'active') {
        await insertClauses(tx, {
          suspensionId: suspensionId(state.suspension.id),
          controller,
          scope: [{ record: found.recordId }],
          addedAt: now,
        });
      }
      await appendAuditEntry(tx, {
        at: now,
        actor: actor.id,
        role: actor.role,
        action: 'case-record-named',
        controller,
        target: { kind: 'case', id: caseId },
        why: fate,
        detail: { recordClass: source.recordClass, ...(found.state === 'unknown' ? {} : { recordId: found.recordId }) },
      });
    }
    return { kind: 'named', fate, ...(found.state === 'unknown' ? {} : { recordId: found.recordId }) };
  });

/** A naming as it is on file. */
export type NamedRecord = Source & {
  readonly fate: NamedFate;
  readonly recordId?: RecordId;
  readonly reason: string;
  readonly namedBy: string;
  readonly namedAt: Instant;
};

/** What staff named for a case, oldest first, with what is known of each now. */
export const readNamedRecords = async (
  db: DatabaseTransaction,
  sealing: Sealing,
  caseId: string,
): Promise<readonly NamedRecord[]> => {
  const rows = await db
    .selectFrom('request_named_record as named')
    .leftJoin('record', 'record.source_key', 'named.source_key')
    .leftJoin('erasure_item as item', 'item.source_key', 'named.source_key')
    .leftJoin('disposition_certificate as certificate', 'certificate.intent_id', 'item.intent_id')
    .select(['named.record_class', 'named.source_key', 'named.named_by', 'named.named_at', 'named.sealed_words'])
    .select(['record.id as held', 'item.record_id as going', 'certificate.id as proof'])
    .where('named.case_id', '=', caseId)
    .orderBy('named.named_at')
    .orderBy('named.source_key')
    .execute();
  return rows.map((row) => {
    const { sourceId, reason } = words.parse(
      JSON.parse(sealing.open(row.sealed_words, placeOf(caseId, row.source_key)).toString('utf8')),
    );
    const id = row.held ?? row.going;
    const fate: NamedFate =
      row.proof !== null ? 'erased' : row.going !== null ? 'being-erased' : row.held !== null ? 'held' : 'not-found';
    return {
      recordClass: row.record_class,
      sourceId,
      reason,
      fate,
      ...(id === null ? {} : { recordId: id }),
      namedBy: row.named_by,
      namedAt: fromDate(row.named_at),
    };
  });
};
