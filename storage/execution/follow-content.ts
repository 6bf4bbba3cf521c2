/**
 * What must follow when the content of a record changes: the keyed hashes by which it is found, the attributes by which holds find it, its
 * dates. And what must not change with it: who kept the record keeps it, also when the key by which they found it was the mistake (I4).
 */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { ControllerId, RecordClassId, RecordId, UnitId } from '../../domain/ids.ts';
import type { Policy, RecordClassPolicy } from '../../domain/policy/policy.ts';
import { dueAt, rememberedEvent, retentionWindow, unitKey } from '../../domain/policy/retention-dates.ts';
import type { RectifiableContent } from '../../domain/request/decision/rectify-content.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../domain/subject/subject-identifier.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { readDispositionTerms } from '../policies/disposition-terms.ts';
import { holdAttributes } from '../records/hold-attributes.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { keepCovered } from '../suspensions/keep-covered.ts';
import { joinUnits } from '../units/join-units.ts';
import { readUnit } from '../units/units.ts';

/** The record whose content changes, under a lock that the caller holds. */
export type FollowedRecord = {
  readonly recordId: RecordId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly unitId: UnitId;
  readonly policyVersion: number;
};

/** A record's content before and after a rectification (Art. 16). */
export type ContentChange = { readonly before: RectifiableContent; readonly after: RectifiableContent };

type Keyed = { readonly kind: string; readonly key: Buffer };

const text = (key: Buffer): string => key.toString('latin1');

const subjectsOf = (
  sealing: Sealing,
  controller: ControllerId,
  { identifiers }: RectifiableContent,
): ReadonlyMap<string, Keyed> =>
  new Map(
    identifiers.flatMap(({ kind: named, value }) => {
      const kind = subjectIdentifierKinds.find((one) => one === named);
      const normal = kind === undefined ? undefined : normaliseSubjectIdentifier({ kind, value });
      if (normal?.ok !== true) return [];
      const key = sealing.subjectKey({ controller, ...normal.value });
      return [[text(key), { kind: normal.value.kind, key }] as const];
    }),
  );

/** A key that fits no person: rows of a record are taken away by the gate alone. */
const keyOfNoOne = (sealing: Sealing, controller: ControllerId): Buffer =>
  sealing.subjectKey({ controller, kind: 'removed-identifier', value: uuid() });

const followSubjects = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { recordId, controller }: FollowedRecord,
  { before, after }: ContentChange,
): Promise<void> => {
  const [old, wanted] = [subjectsOf(sealing, controller, before), subjectsOf(sealing, controller, after)];
  const rows = await tx.selectFrom('record_subject').select('subject_key').where('record_id', '=', recordId).execute();
  const here = new Set(rows.map(({ subject_key }) => text(subject_key)));
  const added = [...wanted].filter(([key]) => !here.has(key)).map(([, keyed]) => keyed);
  const removed = [...old].filter(([key]) => here.has(key) && !wanted.has(key)).map(([, keyed]) => keyed);
  for (const { kind, key } of removed) {
    const next = added.shift() ?? { kind, key: keyOfNoOne(sealing, controller) };
    await tx
      .updateTable('record_subject')
      .set({ kind: next.kind, subject_key: next.key })
      .where('record_id', '=', recordId)
      .where('subject_key', '=', key)
      .execute();
  }
  if (added.length > 0) {
    await tx
      .insertInto('record_subject')
      .values(added.map(({ kind, key }) => ({ record_id: recordId, kind, subject_key: key })))
      .execute();
  }
};

const followAttributes = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  rule: RecordClassPolicy,
  { recordId, controller }: FollowedRecord,
  { before, after }: ContentChange,
): Promise<void> => {
  const wanted = new Map(holdAttributes(rule, after.fields).map(({ name, value }) => [name, value]));
  const old = holdAttributes(rule, before.fields).filter(({ name, value }) => wanted.get(name) !== value);
  for (const { name } of old) {
    const value = wanted.get(name);
    await tx
      .updateTable('record_attribute')
      .set({
        attribute_key:
          value === undefined ? keyOfNoOne(sealing, controller) : sealing.attributeKey({ controller, name, value }),
      })
      .where('record_id', '=', recordId)
      .where('name', '=', name)
      .execute();
    wanted.delete(name);
  }
  for (const [name, value] of wanted) {
    await tx
      .insertInto('record_attribute')
      .values({ record_id: recordId, name, attribute_key: sealing.attributeKey({ controller, name, value }) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
};

/** Dates a record anew by the rule that dated it. Returns the unit whose workflow must look again. */
const redate = async (
  tx: DatabaseTransaction,
  policy: Policy,
  rule: RecordClassPolicy,
  { recordId, controller, recordClass, unitId, policyVersion }: FollowedRecord,
  { triggerAt, now }: { readonly triggerAt: Instant; readonly now: Instant },
): Promise<UnitId> => {
  const terms = await readDispositionTerms(tx, { controller, recordClass, policyVersion });
  const window = retentionWindow({
    rule: terms?.rule ?? rule.rule,
    triggerAt,
    timeZone: terms?.timeZone ?? policy.timeZone,
  });
  const unit = await readUnit(tx, unitId);
  if (unit === undefined) throw new Error('A record was left without a unit');
  if (unit.unitSize === 'record') {
    await tx
      .updateTable('retention_unit')
      .set({
        bound_day: window.boundDay,
        opens_at: toDate(window.opensAt),
        due_at: toDate(dueAt({ window, unitId })),
        bound_at: toDate(window.boundAt),
      })
      .where('id', '=', unitId)
      .execute();
    return unitId;
  }
  const key = unitKey({ controller, recordClass, recordId, unitSize: 'day', boundDay: window.boundDay });
  const units = await joinUnits(tx, {
    wanted: [{ controller, recordClass, unitSize: 'day', unitKey: key, window }],
    now,
  });
  const joined = units.get(key);
  if (joined === undefined) throw new Error('A record was left without a unit');
  await tx.updateTable('record').set({ unit_id: joined.id }).where('id', '=', recordId).execute();
  return unitId;
};

/**
 * Has the flags of the record's objects looked at again: the walk that lifts them after a release finds records by the keys and dates
 * that are being changed here, and would pass this one by.
 */
const checkFlagsAgain = async (tx: DatabaseTransaction, { recordId }: FollowedRecord): Promise<void> => {
  await sql`
    UPDATE record_object SET hold_checked_at = NULL
    WHERE record_id = ${recordId} AND EXISTS (
      SELECT FROM object_hold WHERE object_hold.object_id = record_object.id AND object_hold.state <> 'lifted')`.execute(
    tx,
  );
};

/** The change and the policy by which the record is found and dated anew. */
export type FollowContentInput = {
  readonly policy: Policy;
  readonly rule: RecordClassPolicy;
  readonly record: FollowedRecord;
  readonly change: ContentChange;
  readonly now: Instant;
};

const follow = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { policy, rule, record, change, now }: FollowContentInput,
): Promise<UnitId | undefined> => {
  const { recordId } = record;
  const { triggerAt } = change.after;
  await followSubjects(tx, sealing, record, change);
  await followAttributes(tx, sealing, rule, record, change);
  const event = rememberedEvent(rule.trigger, change.after.fields);
  if (event !== rememberedEvent(rule.trigger, change.before.fields)) {
    await tx
      .updateTable('record')
      .set({ trigger_event: event ?? null })
      .where('id', '=', recordId)
      .execute();
  }
  if (triggerAt === change.before.triggerAt) return undefined;
  await tx
    .updateTable('record')
    .set({ trigger_at: toDate(triggerAt) })
    .where('id', '=', recordId)
    .execute();
  return redate(tx, policy, rule, record, { triggerAt, now });
};

/**
 * Brings keys, attributes and dates in line with a changed content. The transaction holds the fence exclusively and the record's row.
 * Returns the unit that was re-dated or left, if any.
 */
export const followContent = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  input: FollowContentInput,
): Promise<UnitId | undefined> => {
  const { record, now } = input;
  const { controller, recordId } = record;
  const redated = await keepCovered(tx, {
    controller,
    recordId,
    now,
    why: 'record-rectified',
    change: () => follow(tx, sealing, input),
  });
  await checkFlagsAgain(tx, record);
  return redated;
};
