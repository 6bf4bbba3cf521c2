/** What several routes do with a record they look up by the source system's id: find it, or say why it cannot be had. */
import { given } from '../../domain/given.ts';
import type { CertificateId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { Policy, RecordClassPolicy } from '../../domain/policy/policy.ts';
import type { Database, DatabaseTransaction } from '../../storage/database/database.ts';
import { type FoundRecord, findRecord, type PresentRecord } from '../../storage/records/find-record.ts';
import { type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';

/** 410: names the certificate, or says that it will follow. */
export const recordErased = ({
  recordId,
  certificateId,
}: {
  readonly recordId: RecordId;
  readonly certificateId: CertificateId | undefined;
}) =>
  refusal('record-erased', {
    detail:
      certificateId === undefined
        ? 'The record is past the point of no return; its certificate follows when its absence is proven.'
        : `The record has been erased; certificate ${certificateId} proves it.`,
    more: { recordId, ...given({ certificateId }) },
  });

/** The class in the path, or 404. */
export const classInPath = (policy: Policy, recordClass: string): RecordClassPolicy => {
  const found = policy.recordClasses.find(({ id }) => id === recordClass);
  if (found === undefined) {
    throw refusal('class-unknown', { detail: 'The policy of this controller knows no such record class.' });
  }
  return found;
};

/** The key under which a record of the path is found; the source id itself is not searched for. */
export const sourceKeyInPath = (
  deps: ApiDeps,
  policy: Policy,
  { recordClass, sourceId }: { readonly recordClass: RecordClassId; readonly sourceId: string },
): Buffer => deps.sealing.sourceKey({ controller: policy.controller, recordClass, sourceId });

/** The record of the path if it is here; 404 if it never was, 410 if it is gone. */
const presentRecord = (found: FoundRecord): PresentRecord => {
  switch (found.state) {
    case 'present':
      return found;
    case 'unknown':
      throw refusal('record-unknown', { detail: 'No record of this class was registered under this id.' });
    default:
      throw recordErased(found);
  }
};

/** Looks up the record that a request's path names. */
export const recordInPath = async (
  deps: ApiDeps,
  c: ApiContext,
  db: Database | DatabaseTransaction,
  path: { readonly recordClass: string; readonly sourceId: string },
): Promise<{ readonly record: PresentRecord; readonly recordClass: RecordClassPolicy }> => {
  const policy = policyOf(c);
  const recordClass = classInPath(policy, path.recordClass);
  const key = sourceKeyInPath(deps, policy, { recordClass: recordClass.id, sourceId: path.sourceId });
  return { record: presentRecord(await findRecord(db, key)), recordClass };
};
