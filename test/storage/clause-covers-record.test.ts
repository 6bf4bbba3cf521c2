/**
 * I4: whether a clause covers a record is one question with one answer. For generated records and scopes the gate, the previews, the
 * walks, the units due soon and the answer about the point of no return agree with the rule in `domain/suspension/scope.ts`.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ControllerId,
  type RecordClassId,
  type RecordId,
  recordId,
  type SuspensionId,
  suspensionId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import { clauseCovers, scopeFault } from '../../domain/suspension/scope.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { previewScopeChange } from '../../storage/suspensions/change-scope.ts';
import { type KeyedClause, type KeyedScope, sameKey, toClauseRow } from '../../storage/suspensions/clause-rows.ts';
import { coveringClauses } from '../../storage/suspensions/covering-clauses.ts';
import { keptOfUnit, matchSuspensions, suspendedDays } from '../../storage/suspensions/match-suspensions.ts';
import { readPastReturn } from '../../storage/suspensions/past-return.ts';
import { nextPressingUnits } from '../../storage/suspensions/pressing-units.ts';
import { previewScope } from '../../storage/suspensions/preview-scope.ts';
import { nextPage, type WalkedRecord, type WalkPosition } from '../../storage/suspensions/walk-suspension.ts';
import { inps, milano, recordClasses } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'clause covers record' });
});
afterAll(() => world.close());

const dayMs = 86_400_000;
const firstDay = instant('2026-03-01T10:00:00Z');
const day = (index: number): Instant => instantPlus(firstDay, index * dayMs);
/** Units of earlier days are due, those of later days are due soon. */
const now = day(3);

const classes = [recordClasses.chat, recordClasses.sms, recordClasses.portalInteraction] as const;
const keys = Array.from({ length: 3 }, () => randomBytes(32));
const days = 6;
const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const index = fc.nat({ max: keys.length - 1 });

const generatedRecord = fc.record({
  controller: oneOf<ControllerId>([inps, inps, inps, milano]),
  recordClass: oneOf<RecordClassId>(classes),
  day: fc.nat({ max: days - 1 }),
  subjects: fc.uniqueArray(index, { maxLength: 2 }),
  attributes: fc.uniqueArray(index, { maxLength: 2 }),
  ownUnit: fc.boolean(),
  phase: oneOf(['present', 'present', 'present', 'being-erased', 'erased'] as const),
});

const generatedClause = fc
  .record({
    record: fc.option(fc.nat({ max: 9 }), { nil: undefined, freq: 2 }),
    subject: fc.option(index, { nil: undefined, freq: 1 }),
    attribute: fc.option(index, { nil: undefined, freq: 1 }),
    recordClass: fc.option(oneOf<RecordClassId>(classes), { nil: undefined, freq: 2 }),
    from: fc.option(fc.nat({ max: days }), { nil: undefined }),
    until: fc.option(fc.nat({ max: days }), { nil: undefined }),
    active: oneOf([true, true, true, false]),
  })
  .filter(
    ({ record, subject, attribute, recordClass, from, until }) =>
      (record ?? subject ?? attribute ?? recordClass) !== undefined &&
      (from === undefined || until === undefined || from < until),
  );

const generatedSuspension = fc.record({
  controller: oneOf<ControllerId>([inps, inps, milano]),
  released: oneOf([false, false, false, true]),
  clauses: fc.array(generatedClause, { minLength: 1, maxLength: 5 }),
});

type StoredRecord = {
  readonly id: RecordId;
  readonly unit: UnitId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  readonly subjects: readonly Buffer[];
  readonly attributes: readonly Buffer[];
  readonly ownUnit: boolean;
  readonly phase: 'present' | 'being-erased' | 'erased';
  readonly intent: string;
};
type StoredClause = { readonly clause: KeyedClause; readonly active: boolean };
type StoredSuspension = {
  readonly id: SuspensionId;
  readonly controller: ControllerId;
  readonly released: boolean;
  readonly clauses: readonly StoredClause[];
};

const insertRecords = async (
  tx: DatabaseTransaction,
  generated: readonly (typeof generatedRecord extends fc.Arbitrary<infer Value> ? Value : never)[],
): Promise<readonly StoredRecord[]> => {
  const units = new Map<string, UnitId>();
  const intents = new Map<string, string>();
  const stored: StoredRecord[] = [];
  for (const given of generated) {
    const { controller, recordClass, phase } = given;
    const id = recordId(uuidV7());
    const triggerAt = day(given.day);
    const unitKey = given.ownUnit ? id : `${controller} ${recordClass} ${triggerAt}`;
    const unit = units.get(unitKey) ?? unitId(randomUUID());
    if (!units.has(unitKey)) {
      await sql`
        INSERT INTO retention_unit (id, controller, record_class, unit_size, unit_key, bound_day, opens_at, due_at, bound_at, created_at)
        VALUES (${unit}, ${controller}, ${recordClass}, ${given.ownUnit ? 'record' : 'day'}, ${`${unitKey} ${unit}`},
          ${triggerAt}::timestamptz::date, ${triggerAt}, ${triggerAt}, ${instantPlus(triggerAt, dayMs)}, ${firstDay})`.execute(
        tx,
      );
      units.set(unitKey, unit);
    }
    // One intent for what is destroyed of a unit in one state.
    const intent = intents.get(`${phase} ${unitKey}`) ?? randomUUID();
    const record: StoredRecord = {
      id,
      unit,
      controller,
      recordClass,
      triggerAt,
      subjects: given.subjects.flatMap((at) => keys[at] ?? []),
      attributes: given.attributes.flatMap((at) => keys[at] ?? []),
      ownUnit: given.ownUnit,
      phase,
      intent,
    };
    stored.push(record);
    if (phase !== 'erased') {
      await sql`
        INSERT INTO record (id, unit_id, controller, record_class, source_id, source_key, trigger_at, registered_at, policy_version,
          sealed_content, content_digest)
        SELECT ${id}, ${unit}, ${controller}, ${recordClass}, ${id}, ${randomBytes(32)}, ${triggerAt}, ${firstDay}, max(version), '', ''
        FROM policy_version WHERE controller = ${controller}`.execute(tx);
      for (const key of record.subjects)
        await sql`INSERT INTO record_subject VALUES (${id}, 'tax-code', ${key})`.execute(tx);
      for (const [place, key] of record.attributes.entries())
        await sql`INSERT INTO record_attribute VALUES (${id}, ${`field ${place}`}, ${key})`.execute(tx);
    }
    if (phase === 'present') continue;
    if (!intents.has(`${phase} ${unitKey}`)) {
      await sql`
        INSERT INTO erasure_intent (id, unit_id, controller, record_class, basis, policy_version, opens_at, due_at, bound_at, written_at,
          record_count, kept_count, kept_by)
        VALUES (${intent}, ${unit}, ${controller}, ${recordClass}, 'retention-period-ended', 1, ${triggerAt}, ${triggerAt}, ${triggerAt},
          ${triggerAt}, 0, 0, '{}')`.execute(tx);
      intents.set(`${phase} ${unitKey}`, intent);
    }
    await sql`
      INSERT INTO erasure_item (record_id, intent_id, source_key, trigger_at)
      VALUES (${id}, ${intent}, ${randomBytes(32)}, ${triggerAt})`.execute(tx);
  }
  for (const [key, intent] of intents) {
    if (!key.startsWith('erased ')) continue;
    const ofIntent = stored.filter((record) => record.intent === intent);
    const [first] = ofIntent;
    await sql`UPDATE erasure_intent SET state = 'certified' WHERE id = ${intent}`.execute(tx);
    await sql`
      INSERT INTO disposition_certificate (id, intent_id, unit_id, controller, record_class, issued_at, verified_at, bound_at,
        records_gone, document, digest)
      VALUES (${intent}, ${intent}, ${first?.unit}, ${first?.controller}, ${first?.recordClass}, ${now}, ${now}, ${now},
        ${ofIntent.length}, '{}', '')`.execute(tx);
  }
  return stored;
};

const insertSuspensions = async (
  tx: DatabaseTransaction,
  generated: readonly (typeof generatedSuspension extends fc.Arbitrary<infer Value> ? Value : never)[],
  records: readonly StoredRecord[],
): Promise<readonly StoredSuspension[]> => {
  const stored: StoredSuspension[] = [];
  for (const { controller, released, clauses } of generated) {
    const id = suspensionId(randomUUID());
    await sql`
      INSERT INTO suspension (id, controller, kind, matter_reference, legal_basis, reason, placed_by, effective_at, review_on, state, released_at)
      VALUES (${id}, ${controller}, 'litigation-hold', 'matter', 'basis', 'reason', 'lawyer', ${firstDay}, '2099-01-01',
        ${released ? 'released' : 'active'}, ${released ? day(2) : null})`.execute(tx);
    const those = clauses.map(({ record, subject, attribute, recordClass, from, until, active }): StoredClause => {
      const ofRecord =
        record === undefined ? undefined : (records[record % records.length]?.id ?? recordId(randomUUID()));
      const subjectKey = subject === undefined ? undefined : keys[subject];
      const attributeKey = attribute === undefined ? undefined : keys[attribute];
      return {
        active: active && !released,
        clause: {
          ...(ofRecord && { record: ofRecord }),
          ...(subjectKey && { subject: subjectKey }),
          ...(attributeKey && { attribute: attributeKey }),
          ...(recordClass && { recordClass }),
          ...((from ?? until) !== undefined && {
            triggers: {
              ...(from !== undefined && { from: day(from) }),
              ...(until !== undefined && { until: day(until) }),
            },
          }),
        },
      };
    });
    for (const { clause, active } of those) {
      const row = toClauseRow(clause);
      await sql`
        INSERT INTO suspension_clause (id, suspension_id, controller, added_at, ended_at, record_id, subject_key, attribute_key,
          record_class, trigger_from, trigger_until)
        VALUES (${uuidV7()}, ${id}, ${controller}, ${firstDay}, ${active ? null : day(2)}, ${row.record_id}, ${row.subject_key},
          ${row.attribute_key}, ${row.record_class}, ${row.trigger_from}, ${row.trigger_until})`.execute(tx);
    }
    stored.push({ id, controller, released, clauses: those });
  }
  return stored;
};

const covers = (controller: ControllerId, scope: KeyedScope, record: StoredRecord): boolean =>
  controller === record.controller && scope.some((clause) => clauseCovers(clause, record, sameKey));

const clausesOf = ({ clauses }: StoredSuspension, which: 'active' | 'ended' | 'all'): KeyedScope =>
  clauses.flatMap(({ clause, active }) => (which === 'all' || active === (which === 'active') ? [clause] : []));

const sorted = <Value extends string>(values: Iterable<Value>): Value[] => [...values].sort();

/** Counts by a key, as sorted pairs. */
const counted = (names: readonly string[]): readonly (readonly [string, number])[] =>
  [...Map.groupBy(names, (name) => name)].map(([name, those]) => [name, those.length] as const).sort();

const walkAll = async (
  tx: DatabaseTransaction,
  id: SuspensionId,
  which: 'in-force' | 'ended',
): Promise<readonly WalkedRecord[]> => {
  const walked: WalkedRecord[] = [];
  let after: WalkPosition | undefined;
  do {
    const page = await nextPage(tx, { suspensionId: id, which, limit: 3, ...(after && { after }) });
    walked.push(...page.records);
    after = page.next;
  } while (after !== undefined);
  return walked;
};

const allOf = async (
  tx: DatabaseTransaction,
  { id, controller }: StoredSuspension,
  which: 'in-force' | 'ended',
  pressing: 'overdue' | 'soon',
): Promise<readonly UnitId[]> => {
  const { units, next } = await nextPressingUnits(tx, {
    suspensionId: id,
    controller,
    which,
    pressing,
    now,
    limit: 100,
  });
  expect(next).toBe(undefined);
  return units;
};

const checkGate = async (
  tx: DatabaseTransaction,
  records: readonly StoredRecord[],
  suspensions: readonly StoredSuspension[],
): Promise<void> => {
  for (const controller of [inps, milano]) {
    const present = records.filter((record) => record.phase !== 'erased' && record.controller === controller);
    const keeping = (record: StoredRecord, which: 'active' | 'all' = 'active'): SuspensionId[] =>
      sorted(suspensions.filter((one) => covers(one.controller, clausesOf(one, which), record)).map(({ id }) => id));
    const recordIds = present.map(({ id }) => id);
    const kept = await matchSuspensions(tx, { controller, recordIds });
    for (const record of present) {
      expect((kept.get(record.id) ?? []).map(({ suspensionId }) => suspensionId)).toEqual(keeping(record));
    }
    const everKept = await suspendedDays(tx, { controller, recordIds, from: firstDay, until: day(1) });
    expect(sorted(everKept.keys())).toEqual(
      sorted(present.filter((record) => keeping(record, 'all').length > 0).map(({ id }) => id)),
    );
    for (const classesBy of ['few-classes', 'many-classes'] as const) {
      const candidates = sql`SELECT id, controller, record_class, trigger_at FROM record WHERE id = ANY(${recordIds}::uuid[])`;
      const { rows } = await sql<{ record_id: RecordId }>`
        SELECT DISTINCT record_id FROM (${coveringClauses(candidates, ['record', 'subject', 'attribute', classesBy], 'active')}) AS found`.execute(
        tx,
      );
      expect(sorted(rows.map(({ record_id }) => record_id))).toEqual(
        sorted(present.filter((record) => keeping(record).length > 0).map(({ id }) => id)),
      );
    }
    for (const unit of new Set(present.map((record) => record.unit))) {
      const ofUnit = present.filter((record) => record.unit === unit);
      const keptOf = await keptOfUnit(tx, { controller, unitId: unit });
      expect(keptOf.records).toBe(ofUnit.filter((record) => keeping(record).length > 0).length);
      expect(keptOf.suspensions.map(({ suspensionId }) => suspensionId)).toEqual(
        sorted(new Set(ofUnit.flatMap((one) => keeping(one)))),
      );
    }
  }
};

const checkWalks = async (
  tx: DatabaseTransaction,
  records: readonly StoredRecord[],
  suspensions: readonly StoredSuspension[],
): Promise<void> => {
  const present = records.filter(({ phase }) => phase !== 'erased');
  for (const suspension of suspensions) {
    for (const which of ['in-force', 'ended'] as const) {
      const scope = clausesOf(suspension, which === 'in-force' ? 'active' : 'ended');
      const covered = present.filter((record) => covers(suspension.controller, scope, record));
      const walked = await walkAll(tx, suspension.id, which);
      expect(sorted(new Set(walked.map(({ id }) => id)))).toEqual(sorted(covered.map(({ id }) => id)));
      expect(walked.filter(({ first }) => first)).toHaveLength(covered.length);
      const byClass = scope.filter(
        ({ record, subject, attribute }) => record === undefined && subject === undefined && attribute === undefined,
      );
      const inClasses = present.filter((record) => covers(suspension.controller, byClass, record));
      expect(sorted(await allOf(tx, suspension, which, 'overdue'))).toEqual(
        sorted(new Set(inClasses.filter(({ triggerAt }) => triggerAt <= now).map(({ unit }) => unit))),
      );
      expect(sorted(await allOf(tx, suspension, which, 'soon'))).toEqual(
        sorted(new Set(inClasses.filter(({ ownUnit }) => ownUnit).map(({ unit }) => unit))),
      );
    }
  }
};

const checkPreviews = async (
  tx: DatabaseTransaction,
  records: readonly StoredRecord[],
  suspensions: readonly StoredSuspension[],
): Promise<void> => {
  const present = records.filter(({ phase }) => phase !== 'erased');
  for (const suspension of suspensions) {
    const { controller } = suspension;
    const scope = clausesOf(suspension, 'all');
    expect(scopeFault(scope)).toBe(undefined);
    const covered = records.filter((record) => covers(controller, scope, record));
    const preview = await previewScope(tx, { controller, scope, now });
    expect(preview.classes.map(({ recordClass, records }) => [recordClass, records])).toEqual(
      counted(covered.filter(({ phase }) => phase === 'present').map(({ recordClass }) => recordClass)),
    );
    const { beingErased, erasedBefore } = await readPastReturn(tx, { controller, scope });
    expect(beingErased.map(({ intent, records }) => [intent, records]).sort()).toEqual(
      counted(covered.filter(({ phase }) => phase === 'being-erased').map(({ intent }) => intent)),
    );
    // Nothing is left that would tell whom an erased record was about.
    const withoutIdentifiers = scope.filter(
      ({ subject, attribute }) => subject === undefined && attribute === undefined,
    );
    const erased = records.filter(
      ({ phase, ...record }) => phase === 'erased' && covers(controller, withoutIdentifiers, { phase, ...record }),
    );
    // By its record or by its class: a clause that names neither finds no certificate.
    expect(erasedBefore.map(({ certificate, records }) => [certificate, records]).sort()).toEqual(
      counted(erased.map(({ intent }) => intent)),
    );
    if (suspension.released) continue;
    const before = clausesOf(suspension, 'active');
    const after = before.slice(1);
    const change = await previewScopeChange(tx, { suspensionId: suspension.id, scope: after, now });
    if (change?.widens) continue;
    const leaving = present.filter(
      (record) => covers(controller, before, record) && !covers(controller, after, record),
    );
    expect(change?.leaving.map(({ recordClass, records }) => [recordClass, records])).toEqual(
      counted(leaving.map(({ recordClass }) => recordClass)),
    );
    const byOthers = leaving.filter((record) =>
      suspensions.some((other) => other !== suspension && covers(other.controller, clausesOf(other, 'active'), record)),
    );
    expect(change?.leaving.reduce((sum, { keptByOthers }) => sum + keptByOthers, 0)).toBe(byOthers.length);
  }
};

class RolledBack extends Error {}

test('all who ask whether a clause covers a record get the answer of the rule', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(generatedRecord, { minLength: 1, maxLength: 9 }),
      fc.array(generatedSuspension, { minLength: 1, maxLength: 4 }),
      async (givenRecords, givenSuspensions) => {
        const run = world
          .superuser()
          .transaction()
          .execute(async (tx) => {
            const records = await insertRecords(tx, givenRecords);
            const suspensions = await insertSuspensions(tx, givenSuspensions, records);
            await checkGate(tx, records, suspensions);
            await checkWalks(tx, records, suspensions);
            await checkPreviews(tx, records, suspensions);
            throw new RolledBack();
          });
        await expect(run).rejects.toThrow(RolledBack);
      },
    ),
    { numRuns: 120 },
  );
}, 120_000);
