/**
 * What must follow when the content of a record changes: the keyed hashes by which it is found, the attributes by which holds find it, its
 * dates. And what must not change with it: who kept the record keeps it, also when the key by which they found it was the mistake (I4).
 */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { isHoldKind } from '../../domain/hold.ts';
import type { ControllerId, RecordClassId, RecordId, SuspensionId, UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Policy, RecordClassPolicy } from '../../domain/policy.ts';
import { dueAt, retentionWindow, unitKey } from '../../domain/retention-dates.ts';
import type { RectifiableContent } from '../../domain/rights-request/rectify-content.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../domain/subject-identifier.ts';
import { rememberedEvent } from '../../domain/trigger-event.ts';
import { appendAuditEntry } from '../audit-trail.ts';
import type { DatabaseTransaction } from '../database.ts';
import { readDispositionTerms } from '../disposition-terms.ts';
import { holdAttributes } from '../hold-attributes.ts';
import { toDate } from '../instants.ts';
import { joinUnits } from '../join-units.ts';
import { matchSuspensions } from '../match-suspensions.ts';
import type { Sealing } from '../sealing.ts';
import { insertClauses } from '../suspensions/clause-rows.ts';
import { readUnit } from '../units.ts';

export type FollowedRecord = {
  readonly recordId: RecordId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly unitId: UnitId;
  readonly policyVersion: number;
};

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

/** A key that finds nobody: rows of a record are taken away by the gate alone. */
const nobody = (sealing: Sealing, controller: ControllerId): Buffer =>
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
    const next = added.shift() ?? { kind, key: nobody(sealing, controller) };
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
          value === undefined ? nobody(sealing, controller) : sealing.attributeKey({ controller, name, value }),
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

/** Suspensions that would no longer cover the record cover it by its id from now on. */
const keepCovered = async (
  tx: DatabaseTransaction,
  { recordId, controller }: FollowedRecord,
  coveredBefore: ReadonlyMap<RecordId, readonly { readonly suspensionId: SuspensionId }[]>,
  now: Instant,
): Promise<void> => {
  const after = await matchSuspensions(tx, { controller, recordIds: [recordId] });
  const still = new Set((after.get(recordId) ?? []).map(({ suspensionId }) => suspensionId));
  for (const { suspensionId } of coveredBefore.get(recordId) ?? []) {
    if (still.has(suspensionId)) continue;
    await insertClauses(tx, { suspensionId, controller, scope: [{ record: recordId }], addedAt: now });
    const { kind } = await tx
      .selectFrom('suspension')
      .select('kind')
      .where('id', '=', suspensionId)
      .executeTakeFirstOrThrow();
    // Holds show their scope to people who act on what they saw; the other kinds belong to a case.
    if (isHoldKind(kind)) {
      await tx
        .updateTable('suspension')
        .set({ revision: sql`revision + 1`, scope_revision: sql`scope_revision + 1` })
        .where('id', '=', suspensionId)
        .execute();
    }
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'suspension-scope-changed',
      controller,
      target: { kind: 'suspension', id: suspensionId },
      why: 'record-rectified',
      detail: { added: recordId },
    });
  }
};

export type FollowContentInput = {
  readonly policy: Policy;
  readonly rule: RecordClassPolicy;
  readonly record: FollowedRecord;
  readonly change: ContentChange;
  readonly now: Instant;
};

/**
 * Brings keys, attributes and dates in line with a changed content. The transaction holds the fence exclusively and the record's row.
 * Returns the unit that was re-dated or left, if any.
 */
export const followContent = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { policy, rule, record, change, now }: FollowContentInput,
): Promise<UnitId | undefined> => {
  const { recordId, controller } = record;
  const covered = await matchSuspensions(tx, { controller, recordIds: [recordId] });
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
  let redated: UnitId | undefined;
  if (triggerAt !== change.before.triggerAt) {
    await tx
      .updateTable('record')
      .set({ trigger_at: toDate(triggerAt) })
      .where('id', '=', recordId)
      .execute();
    redated = await redate(tx, policy, rule, record, { triggerAt, now });
  }
  await keepCovered(tx, record, covered, now);
  return redated;
};
