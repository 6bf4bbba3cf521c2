/**
 * Branded identifiers. Every id that Oblio makes is a random UUID (version 7), so that none of them says anything about a
 * person: ids travel through Temporal, logs and URLs (I7).
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Short name of a controller (Art. 4(7)), as its policy file states it, for example `inps`. */
export type ControllerId = Branded<'ControllerId'>;
/** Name of a record class inside a controller's policy, for example `call-recording`. */
export type RecordClassId = Branded<'RecordClassId'>;
export type RecordId = Branded<'RecordId'>;
/** The unit of retention: records of one class that fall due at the same instant. */
export type UnitId = Branded<'UnitId'>;
export type ObjectId = Branded<'ObjectId'>;
/** The written intent to destroy: from here on there is no way back. */
export type IntentId = Branded<'IntentId'>;
export type CertificateId = Branded<'CertificateId'>;
export type SuspensionId = Branded<'SuspensionId'>;
export type CaseId = Branded<'CaseId'>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether a text has the form of an id made by Oblio. */
export const isUuid = (text: string): boolean => uuidPattern.test(text);

const branded =
  <Id extends string>(what: string) =>
  (text: string): Id => {
    if (!isUuid(text)) throw new RangeError(`${what} must be a UUID in lower case`);
    return text as Id;
  };

export const recordId = branded<RecordId>('A record id');
export const unitId = branded<UnitId>('A unit id');
export const objectId = branded<ObjectId>('An object id');
export const intentId = branded<IntentId>('An intent id');
export const certificateId = branded<CertificateId>('A certificate id');
export const suspensionId = branded<SuspensionId>('A suspension id');
export const caseId = branded<CaseId>('A case id');

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const named =
  <Id extends string>(what: string) =>
  (text: string): Id => {
    if (!namePattern.test(text) || text.length > 64) {
      throw new RangeError(
        `${what} must be words of lower-case letters and digits joined by hyphens, at most 64 characters`,
      );
    }
    return text as Id;
  };

export const controllerId = named<ControllerId>('A controller id');
export const recordClassId = named<RecordClassId>('The name of a record class');
