/**
 * Takes a batch of records into a manifest: whose they are, on which basis and until when they are held, what keeps them back, the
 * versions of their objects. Repeating it changes nothing.
 */
import { sql } from 'kysely';
import { caseId, type RecordClassId, type RecordId } from '../../domain/ids.ts';
import type { LegalBasis } from '../../domain/policy/policy.ts';
import { type IdentifierKey, type TiedRecord, tieOf } from '../../domain/request/decision/record-tie.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { readContents } from '../reading/read-content.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { matchSuspensions } from '../suspensions/match-suspensions.ts';
import { type basisLookup, basisOf } from './legal-bases.ts';
import { keyText, type SearchTerms } from './search-terms.ts';

/** What the records of a batch are judged by. */
export type CollectDeps = {
  readonly sealing: Sealing;
  readonly bases: ReturnType<typeof basisLookup>;
  /** When the search was made. */
  readonly now: Instant;
};

/** A batch of records that share an identifier with the case, or that staff named. */
export type CollectInput = {
  readonly manifestId: string;
  readonly terms: SearchTerms;
  readonly ids: readonly RecordId[];
};

type FoundRow = {
  readonly id: RecordId;
  readonly record_class: RecordClassId;
  readonly trigger_at: Date;
  readonly policy_version: number;
  readonly content_digest: Buffer;
  readonly bound_day: string;
  /** Its destruction was written down: past the point of no return. */
  readonly going: boolean;
};

type TiedRow = FoundRow & TiedRecord;

const identifiersOf = async (
  tx: DatabaseTransaction,
  ids: readonly RecordId[],
): Promise<ReadonlyMap<string, readonly IdentifierKey[]>> => {
  const rows = await tx
    .selectFrom('record_subject')
    .select(['record_id', 'kind', 'subject_key'])
    .where(sql<boolean>`record_id = ANY(${[...ids]}::uuid[])`)
    .execute();
  const identifiers = new Map<string, IdentifierKey[]>();
  for (const { record_id, kind, subject_key } of rows) {
    const those = identifiers.get(record_id);
    const identifier = { kind, key: keyText(subject_key) };
    if (those) those.push(identifier);
    else identifiers.set(record_id, [identifier]);
  }
  return identifiers;
};

/** The basis of each record. Contents are opened only where a field decides. */
const basesOf = async (
  tx: DatabaseTransaction,
  { sealing, bases, now }: CollectDeps,
  terms: SearchTerms,
  rows: readonly FoundRow[],
): Promise<ReadonlyMap<RecordId, LegalBasis>> => {
  const found = new Map<RecordId, LegalBasis>();
  const byField = [];
  for (const row of rows) {
    const basis = await bases(tx, row.policy_version, row.record_class);
    if (basis.byField === undefined) found.set(row.id, basis.legalBasis);
    else byField.push({ id: row.id, basis });
  }
  if (byField.length === 0) return found;
  const contents = await readContents(
    { tx, sealing },
    {
      controller: terms.controller,
      recordIds: byField.map(({ id }) => id),
      reading: {
        purpose: { kind: 'subject-request', caseId: caseId(terms.caseId) },
        by: { actor: 'oblio', role: 'system' },
        now,
      },
    },
  );
  for (const { id, basis } of byField) {
    const reading = contents.get(id);
    // What may not be opened for this person (restricted, and named only) has the basis that the class has as a rule.
    found.set(id, basisOf(basis, reading?.outcome === 'read' ? reading.content.fields : {}));
  }
  return found;
};

const insertErased = async (tx: DatabaseTransaction, manifestId: string, rows: readonly TiedRow[]): Promise<void> => {
  if (rows.length === 0) return;
  await sql`
    INSERT INTO manifest_erased (manifest_id, record_id, record_class, trigger_at, found_by)
    SELECT ${manifestId}::uuid, id, record_class, date_trunc('milliseconds', trigger_at), found_by FROM unnest(
      ${rows.map(({ id }) => id)}::uuid[],
      ${rows.map(({ record_class }) => record_class)}::text[],
      ${rows.map(({ trigger_at }) => trigger_at)}::timestamptz[],
      ${rows.map(({ tie }) => (tie === 'named' ? 'named' : 'identifier'))}::text[])
      AS erased (id, record_class, trigger_at, found_by)
    ON CONFLICT (manifest_id, record_id) DO NOTHING`.execute(tx);
};

const insertHeld = async (
  tx: DatabaseTransaction,
  deps: CollectDeps,
  { manifestId, terms }: CollectInput,
  rows: readonly TiedRow[],
): Promise<void> => {
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  const kept = await matchSuspensions(tx, { controller: terms.controller, recordIds: ids });
  const keeping = rows.map(({ id }) => (kept.get(id) ?? []).filter(({ suspensionId }) => !terms.own.has(suspensionId)));
  // Another pending request keeps the record too, but is no ground on which anything may be refused to this person.
  const kinds = keeping.map((those) => [
    ...new Set(those.map(({ kind }) => kind).filter((kind) => kind !== 'pending-request')),
  ]);
  const bases = await basesOf(tx, deps, terms, rows);
  await sql`
    INSERT INTO manifest_record (manifest_id, record_id, record_class, trigger_at, tie, names_others, bound_day, policy_version,
      legal_basis, content_digest, suspended_by, suspensions)
    SELECT ${manifestId}::uuid, id, record_class, date_trunc('milliseconds', trigger_at), tie, names_others, bound_day,
      policy_version, legal_basis, content_digest,
      ARRAY(SELECT jsonb_array_elements_text(suspended_by)), ARRAY(SELECT jsonb_array_elements_text(suspensions)::uuid)
    FROM unnest(
      ${ids}::uuid[],
      ${rows.map(({ record_class }) => record_class)}::text[],
      ${rows.map(({ trigger_at }) => trigger_at)}::timestamptz[],
      ${rows.map(({ tie }) => tie)}::text[],
      ${rows.map(({ namesOthers }) => namesOthers)}::boolean[],
      ${rows.map(({ bound_day }) => bound_day)}::date[],
      ${rows.map(({ policy_version }) => policy_version)}::integer[],
      ${rows.map(({ id }) => JSON.stringify(bases.get(id)))}::jsonb[],
      ${rows.map(({ content_digest }) => content_digest)}::bytea[],
      ${kinds.map((those) => JSON.stringify(those))}::jsonb[],
      ${keeping.map((those) => JSON.stringify(those.map(({ suspensionId }) => suspensionId)))}::jsonb[])
      AS found (id, record_class, trigger_at, tie, names_others, bound_day, policy_version, legal_basis, content_digest,
        suspended_by, suspensions)
    ON CONFLICT (manifest_id, record_id) DO NOTHING`.execute(tx);
  await sql`
    INSERT INTO manifest_object (manifest_id, record_id, object_id, name, media_type, object_key, version_id, size, sha256)
    SELECT ${manifestId}::uuid, record_id, id, name, media_type, object_key, version_id, size, sha256
    FROM record_object WHERE record_id = ANY(${ids}::uuid[]) AND state = 'stored'
    ON CONFLICT (manifest_id, record_id, object_id) DO NOTHING`.execute(tx);
};

/** Takes in those of the records that are the person's or may be. Of other people's the manifest keeps no trace. */
export const collectRecords = async (
  tx: DatabaseTransaction,
  deps: CollectDeps,
  input: CollectInput,
): Promise<void> => {
  const { manifestId, terms } = input;
  // The file of a case that was closed and is open again is no finding of its own search; files of other cases are.
  const ids = input.ids.filter((id) => id !== terms.caseId);
  if (ids.length === 0) return;
  const { rows } = await sql<FoundRow>`
    SELECT record.id, record.record_class, record.trigger_at, record.policy_version, record.content_digest, unit.bound_day,
      EXISTS (SELECT FROM erasure_item AS item WHERE item.record_id = record.id) AS going
    FROM record JOIN retention_unit AS unit ON unit.id = record.unit_id
    WHERE record.id = ANY(${[...ids]}::uuid[]) AND record.controller = ${terms.controller}`.execute(tx);
  const identifiers = await identifiersOf(tx, ids);
  const tied = rows
    .map((row): TiedRow => ({ ...row, ...tieOf(identifiers.get(row.id) ?? [], terms.known, terms.named.has(row.id)) }))
    .filter(({ tie }) => tie !== 'another');
  // What cannot be tied to the person with certainty is not listed, once it is being erased.
  await insertErased(
    tx,
    manifestId,
    tied.filter(({ going, tie }) => going && tie !== 'unclear'),
  );
  await insertHeld(
    tx,
    deps,
    input,
    tied.filter(({ going }) => !going),
  );
};
