/**
 * Registers a file of Oblio's own (of a rights request, of a hold) as a record of the controller's class for such files, so that it
 * ends in the same gate as every other record (Art. 5(1)(e)). Its id is chosen by the caller: what belongs to the file is found by it.
 */
import type { RecordClassId, RecordId } from '../../domain/ids.ts';
import type { Policy, RecordClassPolicy } from '../../domain/policy/policy.ts';
import { retentionWindow, unitKey } from '../../domain/policy/retention-dates.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { joinUnits } from '../units/join-units.ts';
import { holdAttributes } from './hold-attributes.ts';
import { insertRecords } from './insert-records.ts';
import { sealRecord } from './prepare-record.ts';

const classOf = ({ recordClasses, controller }: Policy, wanted: RecordClassId): RecordClassPolicy => {
  const found = recordClasses.find(({ id }) => id === wanted);
  if (found === undefined) throw new RangeError(`The policy of ${controller} has no class ${wanted} for files`);
  return found;
};

/** The controller's class for case files. Throws a `RangeError` for a policy without one. */
export const caseFileClassOf = (policy: Policy): RecordClassPolicy =>
  classOf(policy, policy.rightsRequests.caseFileClass);

/** The controller's class for files of holds. Throws a `RangeError` for a policy without one. */
export const holdFileClassOf = (policy: Policy): RecordClassPolicy => classOf(policy, policy.holds.fileClass);

/** A file of Oblio's own and the event from which its period runs. */
export type OwnFile = {
  readonly id: RecordId;
  /** What the file is called; nothing that says who it is about. */
  readonly reference: string;
  readonly policy: Policy;
  /** The class of the policy for files of this kind. */
  readonly recordClass: RecordClassPolicy;
  /** The event from which the period runs. */
  readonly at: Instant;
  /** The keys by which the file is found. */
  readonly subjects: readonly { readonly kind: string; readonly key: Buffer }[];
};

/** Registers it. The caller's transaction makes sure that no other transaction registers the same file. */
export const fileOwnRecord = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { id, reference, policy, recordClass, at, subjects }: OwnFile,
): Promise<void> => {
  const { controller } = policy;
  const content = { triggerAt: at, identifiers: [], fields: { reference } };
  const window = retentionWindow({ rule: recordClass.rule, triggerAt: at, timeZone: policy.timeZone });
  const key = unitKey({
    controller,
    recordClass: recordClass.id,
    recordId: id,
    unitSize: 'record',
    boundDay: window.boundDay,
  });
  const wanted = { controller, recordClass: recordClass.id, unitSize: 'record' as const, unitKey: key, window };
  const unit = (await joinUnits(tx, { wanted: [wanted], now: at })).get(key);
  if (unit === undefined) throw new Error('A file was left without a unit');
  const record = {
    ...sealRecord(sealing, id, {
      controller,
      recordClass: recordClass.id,
      sourceId: reference,
      content,
      attributes: holdAttributes(recordClass, content.fields),
    }),
    policyVersion: policy.version,
    subjects,
    transcriptDue: false,
    unitSize: 'record' as const,
    // One event, which the class names.
    triggerEvent: undefined,
    window,
  };
  const inserted = await insertRecords(tx, { placed: [{ record, unitId: unit.id }], now: at });
  if (!inserted.has(id)) throw new Error('A reference was given to two files');
};
