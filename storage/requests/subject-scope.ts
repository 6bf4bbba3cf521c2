/** What the suspensions of a case cover: everything found by the person's identifiers, also what arrives later. */
import { type ControllerId, recordId } from '../../domain/ids.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { KeyedScope } from '../suspensions/clause-rows.ts';

/**
 * The scope of a case. A letter that names nobody findable still is a request: its scope then holds a key that fits no record, until
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
  return rows.map(({ id }) => ({ record: recordId(id) }));
};
