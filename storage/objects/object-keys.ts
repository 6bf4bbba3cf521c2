/** Where a record's objects lie in the bucket: `<controller>/<record class>/<record id>/<object id>`. Opaque: nothing of a person. */
import { type RawBuilder, sql } from 'kysely';
import type { ControllerId, ObjectId, RecordClassId, RecordId } from '../../domain/ids.ts';
import { isUuid } from '../../domain/ids.ts';

/** What names the folder of a record's objects. */
export type RecordPlace = {
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly recordId: RecordId;
};

/** What the keys of all records of a class begin with. */
export const classPrefix = ({ controller, recordClass }: Omit<RecordPlace, 'recordId'>): string =>
  `${controller}/${recordClass}/`;

/** What the keys of all objects of a record begin with. */
export const recordPrefix = (place: RecordPlace): string => `${classPrefix(place)}${place.recordId}/`;

/** The key of an object; no two objects share one. */
export const objectKey = (place: RecordPlace & { readonly objectId: ObjectId }): string =>
  `${recordPrefix(place)}${place.objectId}`;

/** The same where the statement finds the record: `recordId` is a column. */
export const objectKeyOfRow = (
  { objectId, ...place }: Omit<RecordPlace, 'recordId'> & { readonly objectId: ObjectId },
  recordId: RawBuilder<unknown>,
): RawBuilder<string> => sql`${classPrefix(place)}::text || ${recordId} || ${`/${objectId}`}::text`;

/** The record that a key belongs to, or `undefined` for a key that is not of this form. */
export const recordOfKey = (key: string): RecordId | undefined => {
  const id = key.split('/')[2];
  return id !== undefined && isUuid(id) ? (id as RecordId) : undefined;
};
