/** What a search for a case works with: the person's identifiers, what staff named, and the suspensions that the case itself brought. */
import { sql } from 'kysely';
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import {
  type IdentifierKey,
  identifiesOne,
  identifyingKinds,
  type KnownIdentifiers,
} from '../../domain/request/decision/record-tie.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';

/** All a search may know of its person: keyed hashes, never an identifier in the clear. */
export type SearchTerms = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly known: KnownIdentifiers;
  /** The keys to walk, in the order of their bytes. */
  readonly keys: readonly Buffer[];
  /** Records that staff named as the person's. */
  readonly named: ReadonlySet<RecordId>;
  /** The case's own suspensions: they hold back nothing from its own answer. */
  readonly own: ReadonlySet<string>;
};

/** A key as the text that `record-tie.ts` compares. */
export const keyText = (key: Buffer): string => key.toString('base64');

/**
 * Contacts of a case that some record gives to another person: to a person the case knows to be another one, or to two persons who
 * cannot both be the case's. Looked at only where it matters: contacts that staff checked.
 */
export const sharedContacts = async (
  db: Database | DatabaseTransaction,
  controller: ControllerId,
  { all, verified }: Pick<KnownIdentifiers, 'all' | 'verified'>,
): Promise<ReadonlySet<string>> => {
  const shared = new Set<string>();
  const own = all.filter(({ kind }) => identifiesOne(kind));
  const ownKeys = own.map(({ key }) => Buffer.from(key, 'base64'));
  for (const { kind, key } of all) {
    if (identifiesOne(kind) || !verified.has(key)) continue;
    for (const identifying of identifyingKinds) {
      // Two different ones of a kind are two persons; one is another person where the case knows its own of that kind.
      const enough = own.some((identifier) => identifier.kind === identifying) ? 1 : 2;
      const { rows } = await sql<{ subject_key: Buffer }>`
        SELECT DISTINCT other.subject_key FROM record_subject AS contact
        JOIN record ON record.id = contact.record_id AND record.controller = ${controller}
        JOIN record_subject AS other ON other.record_id = contact.record_id AND other.kind = ${identifying}
        WHERE contact.subject_key = ${Buffer.from(key, 'base64')} AND NOT other.subject_key = ANY(${ownKeys}::bytea[])
        LIMIT ${enough}`.execute(db);
      if (rows.length >= enough) shared.add(key);
    }
  }
  return shared;
};

/** Reads the terms of a case, or `undefined` if there is no such case of the controller. */
export const readSearchTerms = async (
  db: Database | DatabaseTransaction,
  { caseId, controller }: { readonly caseId: string; readonly controller: ControllerId },
): Promise<SearchTerms | undefined> => {
  const found = await db
    .selectFrom('request_case')
    .select('id')
    .where('id', '=', caseId)
    .where('controller', '=', controller)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const subjects = await db
    .selectFrom('request_subject')
    .select(['kind', 'subject_key', 'verified_at'])
    .where('case_id', '=', caseId)
    .orderBy('subject_key')
    .execute();
  const named = await db
    .selectFrom('request_named_record')
    .innerJoin('record', 'record.source_key', 'request_named_record.source_key')
    .select('record.id')
    .where('request_named_record.case_id', '=', caseId)
    .where('record.controller', '=', controller)
    .execute();
  const own = await db
    .selectFrom('suspension')
    .select('id')
    .where('controller', '=', controller)
    .where('state', '=', 'active')
    .where('kind', 'in', ['pending-request', 'restriction'])
    .where((where) =>
      where.or([where('matter_reference', '=', caseId), sql<boolean>`starts_with(matter_reference, ${`${caseId}/`})`]),
    )
    .execute();
  const all = subjects.map(({ kind, subject_key }): IdentifierKey => ({ kind, key: keyText(subject_key) }));
  const verified = new Set(
    subjects.filter(({ verified_at }) => verified_at !== null).map(({ subject_key }) => keyText(subject_key)),
  );
  return {
    caseId,
    controller,
    known: { all, verified, shared: await sharedContacts(db, controller, { all, verified }) },
    keys: subjects.map(({ subject_key }) => subject_key),
    named: new Set(named.map(({ id }) => id)),
    own: new Set(own.map(({ id }) => id)),
  };
};
