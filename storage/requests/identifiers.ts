/**
 * The identifiers of a case's person, as keyed hashes: what its suspensions and its search cover, also of records that arrive later.
 * Identifiers that become known after intake are added in the transaction of the event they came with. Those that staff give when they
 * confirm the identity were checked with it: such a phone number or address is the person's own, while one that a message merely names
 * is not (Art. 12(6); `record-tie.ts`).
 */
import { type ControllerId, suspensionId } from '../../domain/ids.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { insertClauses, type KeyedScope } from '../suspensions/clause-rows.ts';

/** Whether a case knows any identifier of its person. */
export const knowsIdentifier = async (db: Database, caseId: string): Promise<boolean> => {
  const known = await db
    .selectFrom('request_subject')
    .select('case_id')
    .where('case_id', '=', caseId)
    .limit(1)
    .executeTakeFirst();
  return known !== undefined;
};

/**
 * The scope of a case. A letter that names no findable person still is a request: its scope then holds a key that fits no record, until
 * an identifier becomes known.
 */
export const subjectScope = (
  sealing: Sealing,
  controller: ControllerId,
  caseId: string,
  keys: readonly Buffer[],
): KeyedScope =>
  keys.length > 0
    ? keys.map((subject) => ({ subject }))
    : [{ subject: sealing.subjectKey({ controller, kind: 'case-without-identifier', value: caseId }) }];

/** The keys under which a case's person is found. */
export const readSubjectKeys = async (tx: DatabaseTransaction, caseId: string): Promise<readonly Buffer[]> => {
  const rows = await tx.selectFrom('request_subject').select('subject_key').where('case_id', '=', caseId).execute();
  return rows.map(({ subject_key }) => subject_key);
};

/** The records that staff named as the person's, as far as they are here. */
export const readNamedScope = async (tx: DatabaseTransaction, caseId: string): Promise<KeyedScope> => {
  const rows = await tx
    .selectFrom('request_named_record as named')
    .innerJoin('record', 'record.source_key', 'named.source_key')
    .select('record.id')
    .where('named.case_id', '=', caseId)
    .execute();
  return rows.map(({ id }) => ({ record: id }));
};

/** The case, and what is known of its person from now on. */
export type AddIdentifiersInput = {
  readonly state: CaseState;
  /** In their normalised form. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly now: Instant;
};

/** Adds what is new. The transaction holds the fence exclusively. */
export const addIdentifiers = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { state, identifiers, now }: AddIdentifiersInput,
): Promise<void> => {
  const { caseId, controller } = state;
  for (const { kind, value } of identifiers) {
    const key = sealing.subjectKey({ controller, kind, value });
    const verifiedAt = state.identity.confirmed ? toDate(now) : null;
    const added = await tx
      .insertInto('request_subject')
      .values({ case_id: caseId, controller, kind, subject_key: key, verified_at: verifiedAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('case_id')
      .executeTakeFirst();
    if (added === undefined && verifiedAt !== null) {
      await tx
        .updateTable('request_subject')
        .set({ verified_at: verifiedAt })
        .where('case_id', '=', caseId)
        .where('subject_key', '=', key)
        .where('verified_at', 'is', null)
        .execute();
    }
    if (added === undefined || state.suspension.state === 'released') continue;
    await insertClauses(tx, {
      suspensionId: suspensionId(state.suspension.id),
      controller,
      scope: [{ subject: key }],
      addedAt: now,
    });
  }
};
