/**
 * Whether records may be read (I11, Art. 18(2)): the one decision that every reading of a record's content or objects passes. Asked
 * here, where the data is, so that no route, export or activity can forget it. What counts as restricted is what the gate counts
 * (`match-suspensions.ts`), read at the moment of reading: a restriction bites from the instant its placing has returned.
 *
 * Not a reading of content, and therefore open as before: ids, dates, class, state and kinds of suspension (a restriction is a
 * mark on what is stored, Art. 4(3), and a mark that cannot be seen cannot be respected), counts, certificates, the keyed comparison
 * that answers a repeated PUT, the digests that prove custody. The case file of a rights request is no record.
 */
import { sql } from 'kysely';
import type { AuditEntry, AuditRole } from '../../domain/audit.ts';
import type { CaseId, ControllerId, RecordId } from '../../domain/ids.ts';
import { type ReadingPurpose, type ReadingRefusal, restrictedReading } from '../../domain/policy/reading-purpose.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntries } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { restrictedRecords } from '../suspensions/match-suspensions.ts';

/** Who reads, what for, and when. */
export type Reading = {
  readonly purpose: ReadingPurpose;
  readonly by: { readonly actor: string; readonly role: AuditRole };
  readonly now: Instant;
};

/** Which records are to be read, for which purpose and by whom. */
export type AdmitReadingInput = {
  /** The controller of all of the records. */
  readonly controller: ControllerId;
  readonly recordIds: readonly RecordId[];
  readonly reading: Reading;
};

type Reader = Database | DatabaseTransaction;

type CaseClaim = { readonly controller: ControllerId; readonly caseId: CaseId };

/** For staff: what a search of their open case found to be the person's own (I8). A shared phone or mailbox opens nothing. */
const foundForCase = (db: Reader, { controller, caseId }: CaseClaim, ids: readonly RecordId[]) =>
  sql<{ record_id: RecordId }>`
    SELECT DISTINCT found.record_id FROM request_case AS claimed
    JOIN manifest ON manifest.case_id = claimed.id AND manifest.state = 'frozen'
    JOIN manifest_record AS found ON found.manifest_id = manifest.id
    WHERE claimed.id = ${caseId} AND claimed.controller = ${controller} AND claimed.stage <> 'closed'
      AND found.tie = ANY(${[...personalTies]}::text[]) AND found.record_id = ANY(${[...ids]}::uuid[])`.execute(db);

/**
 * For Oblio itself: whatever carries an identifier of the case, open or closed. The search has to look at a record's identifiers to
 * say whose it is, and what was answered is delivered after the case is closed too.
 */
const reachedByCase = (db: Reader, { controller, caseId }: CaseClaim, ids: readonly RecordId[]) =>
  sql<{ record_id: RecordId }>`
    SELECT DISTINCT subject.record_id FROM request_case AS claimed
    JOIN request_subject AS person ON person.case_id = claimed.id
    JOIN record_subject AS subject ON subject.subject_key = person.subject_key
    WHERE claimed.id = ${caseId} AND claimed.controller = ${controller}
      AND subject.record_id = ANY(${[...ids]}::uuid[])
    UNION
    SELECT named.record_id FROM request_named_record AS named
    WHERE named.case_id = ${caseId} AND named.controller = ${controller}
      AND named.record_id = ANY(${[...ids]}::uuid[])`.execute(db);

/** Which of the records are about the person of a case, for who asks. */
const recordsOfCase = async (
  db: Reader,
  claim: CaseClaim & { readonly role: AuditRole },
  ids: readonly RecordId[],
): Promise<ReadonlySet<RecordId>> => {
  const { rows } = await (claim.role === 'system' ? reachedByCase : foundForCase)(db, claim, ids);
  return new Set(rows.map((row) => row.record_id));
};

/** Restricted records among these, each with what was decided on reading it. Records that are free are not in the answer. */
export const decideReading = async (
  db: Reader,
  { controller, recordIds, reading: { purpose, by } }: AdmitReadingInput,
): Promise<ReadonlyMap<RecordId, 'admitted' | ReadingRefusal>> => {
  const restricted = [...(await restrictedRecords(db, { controller, recordIds }))];
  if (restricted.length === 0) return new Map();
  const ofThatCase =
    purpose.kind === 'subject-request'
      ? await recordsOfCase(db, { controller, caseId: purpose.caseId, role: by.role }, restricted)
      : new Set<RecordId>();
  return new Map(
    restricted.map((id) => [id, restrictedReading({ purpose, role: by.role, ofThatCase: ofThatCase.has(id) })]),
  );
};

/** The entry about one restricted record: read nonetheless, and what for; or refused. */
export const restrictedReadingEntry = (
  { controller, reading: { purpose, by, now } }: Pick<AdmitReadingInput, 'controller' | 'reading'>,
  id: RecordId,
  decided: 'admitted' | ReadingRefusal,
): AuditEntry => ({
  at: now,
  ...by,
  action: decided === 'admitted' ? 'restricted-record-read' : 'access-refused',
  controller,
  target: { kind: 'record', id },
  why: decided === 'admitted' ? purpose.kind : decided,
  detail: {
    article: 'GDPR Art. 18(2)',
    purpose: purpose.kind,
    ...('reason' in purpose && { reason: purpose.reason }),
    ...('caseId' in purpose && { caseId: purpose.caseId }),
  },
});

/**
 * Decides on reading records, and puts on file what is read under a restriction and what is refused, in the transaction of the
 * reading. Answers with the refusals; whatever is not among them may be read.
 */
export const admitReading = async (
  tx: DatabaseTransaction,
  input: AdmitReadingInput,
): Promise<ReadonlyMap<RecordId, ReadingRefusal>> => {
  const decided = await decideReading(tx, input);
  await appendAuditEntries(
    tx,
    [...decided].map(([id, decision]) => restrictedReadingEntry(input, id, decision)),
  );
  const refused = new Map<RecordId, ReadingRefusal>();
  for (const [id, decision] of decided) if (decision !== 'admitted') refused.set(id, decision);
  return refused;
};
