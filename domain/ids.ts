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

/** A record, also after its erasure: the ledger and the certificate know it by this id. */
export type RecordId = Branded<'RecordId'>;
/** The unit of retention: records of one class that fall due at the same instant. */
export type UnitId = Branded<'UnitId'>;

/** One version of one object of a record. */
export type ObjectId = Branded<'ObjectId'>;
/** The written intent to destroy: from here on there is no way back. */
export type IntentId = Branded<'IntentId'>;

/** A disposition certificate. */
export type CertificateId = Branded<'CertificateId'>;

/** A suspension of any kind; a hold's id in the API is this one. */
export type SuspensionId = Branded<'SuspensionId'>;

/** A case of a rights request; its file becomes a record with the same id. */
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

/** Reads a record id; throws a `RangeError` on what is no UUID in lower case. */
export const recordId = branded<RecordId>('A record id');

/** Reads the id of a retention unit; throws like `recordId`. */
export const unitId = branded<UnitId>('A unit id');

/** Reads an object id; throws like `recordId`. */
export const objectId = branded<ObjectId>('An object id');

/** Reads the id of an erasure intent; throws like `recordId`. */
export const intentId = branded<IntentId>('An intent id');

/** Reads a certificate id; throws like `recordId`. */
export const certificateId = branded<CertificateId>('A certificate id');

/** Reads a suspension id; throws like `recordId`. */
export const suspensionId = branded<SuspensionId>('A suspension id');

/** Reads a case id; throws like `recordId`. */
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

/** Reads a controller's name as policies give it; throws a `RangeError` on another form. */
export const controllerId = named<ControllerId>('A controller id');

/** Reads the name of a record class as policies give it; throws a `RangeError` on another form. */
export const recordClassId = named<RecordClassId>('The name of a record class');
