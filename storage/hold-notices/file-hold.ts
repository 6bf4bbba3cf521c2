/**
 * Where notices end. A hold's notices stay as long as the hold stands; from its release they are kept for the period of the
 * controller's class for files of holds: as with a rights request, what counts is that a claim about the procedure can still be
 * answered (Art. 5(2), 17(3)(e)), and no longer (5(1)(e)). From the release on the hold's file is a record of that class, with the
 * hold's id, and the gate takes record and notices together.
 */
import { recordId, type SuspensionId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { fileOwnRecord, holdFileClassOf } from '../records/file-own-record.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';

/** A released hold and the policy that says how long its file is kept. */
export type FileHoldInput = {
  readonly suspensionId: SuspensionId;
  readonly policy: Policy;
  /** When the hold was released. */
  readonly releasedAt: Instant;
};

/** What a hold's file is called, as a record. */
const referenceOf = (suspensionId: SuspensionId): string => `hold-${suspensionId}`;

/**
 * Files a released hold that has notices; again changes nothing. The transaction holds the lock of the hold's row.
 * @returns `erased` where the file is past the point of no return: nothing can be added to it any more
 */
export const fileHold = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { suspensionId, policy, releasedAt }: FileHoldInput,
): Promise<'filed' | 'no-notices' | 'erased'> => {
  const { controller } = policy;
  // The gate writes no intent for this controller until the end of the transaction.
  await takeFenceExclusive(tx, controller);
  const ended = await tx
    .selectFrom('erasure_item')
    .select('record_id')
    .where('record_id', '=', recordId(suspensionId))
    .executeTakeFirst();
  if (ended !== undefined) return 'erased';
  const filed = await tx.selectFrom('record').select('id').where('id', '=', recordId(suspensionId)).executeTakeFirst();
  if (filed !== undefined) return 'filed';
  const notice = await tx
    .selectFrom('hold_notice')
    .select('id')
    .where('suspension_id', '=', suspensionId)
    .limit(1)
    .executeTakeFirst();
  if (notice === undefined) return 'no-notices';
  // No person is found by it: a notice is about records.
  const subject = sealing.subjectKey({ controller, kind: 'hold-file', value: suspensionId });
  await fileOwnRecord(tx, sealing, {
    id: recordId(suspensionId),
    reference: referenceOf(suspensionId),
    policy,
    recordClass: holdFileClassOf(policy),
    at: releasedAt,
    subjects: [{ kind: 'hold-file', key: subject }],
  });
  await appendAuditEntry(tx, {
    at: releasedAt,
    actor: 'oblio',
    role: 'system',
    action: 'record-registered',
    controller,
    target: { kind: 'record', id: suspensionId },
    why: 'hold-released',
  });
  return 'filed';
};
