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
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { previewScopeChange } from '../../storage/suspensions/change-scope.ts';
import { type KeyedClause, type KeyedScope, sameKey, toClauseRow } from '../../storage/suspensions/clause-rows.ts';
import { coveringClauses } from '../../storage/suspensions/covering.ts';
import { keptOfUnit, matchSuspensions, suspendedDays } from '../../storage/suspensions/match-suspensions.ts';
import { readPastPointOfNoReturn } from '../../storage/suspensions/point-of-no-return.ts';
import { previewScope } from '../../storage/suspensions/preview-scope.ts';
import { nextPage, type WalkedRecord, type WalkPosition } from '../../storage/suspensions/walk-records.ts';
import { nextUnits } from '../../storage/suspensions/walk-units.ts';
import { inps, milano, recordClasses } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const versions = new Map<string, number>();
beforeAll(async () => {
  world = await createWorld({ label: 'clause covers record' });
  for (const { policy } of world.policies) versions.set(policy.controller, policy.version);
});
afterAll(() => world.close());

const firstDay = instant('2026-03-01T10:00:00Z');
const day = (index: number): Instant => instantPlus(firstDay, days(index));
/** Units of earlier days are due, those of later days are due soon. */
const now = day(3);

const classes = [recordClasses.chat, recordClasses.sms, recordClasses.portalInteraction] as const;
const keys = Array.from({ length: 2 }, () => randomBytes(32));
const dayCount = 6;
const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const index = fc.nat({ max: keys.length - 1 });

const generatedRecord = fc.record({
  controller: oneOf<ControllerId>([inps, inps, inps, milano]),
  recordClass: oneOf<RecordClassId>(classes),
  day: fc.nat({ max: dayCount - 1 }),
  subjects: fc.uniqueArray(index, { maxLength: 2 }),
  attributes: fc.uniqueArray(index, { maxLength: 2 }),
  ownUnit: fc.boolean(),
  phase: oneOf(['present', 'present', 'present', 'being-erased', 'erased'] as const),
});

const generatedClause = fc
  .record({
    record: fc.option(fc.nat({ max: 4 }), { nil: undefined, freq: 2 }),
    subject: fc.option(index, { nil: undefined, freq: 2 }),
    attribute: fc.option(index, { nil: undefined, freq: 2 }),
    recordClass: fc.option(oneOf<RecordClassId>(classes), { nil: undefined, freq: 2 }),
    from: fc.option(fc.nat({ max: dayCount }), { nil: undefined }),
    until: fc.option(fc.nat({ max: dayCount }), { nil: undefined }),
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

type GeneratedRecord = typeof generatedRecord extends fc.Arbitrary<infer Value> ? Value : never;
type GeneratedSuspension = typeof generatedSuspension extends fc.Arbitrary<infer Value> ? Value : never;
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

/** Writes rows in one statement; `types` are those of the columns. */
const insertRows = async (
  tx: DatabaseTransaction,
  table: string,
  types: Readonly<Record<string, string>>,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> => {
  const columns = Object.entries(types);
  const arrays = columns.map(([name, type]) => sql`${rows.map((row) => row[name] ?? null)}::${sql.raw(type)}[]`);
  const names = sql.join(columns.map(([name]) => sql.ref(name)));
  await sql`INSERT INTO ${sql.table(table)} (${names}) SELECT * FROM unnest(${sql.join(arrays)})`.execute(tx);
};

const insertRecords = async (
  tx: DatabaseTransaction,
  generated: readonly GeneratedRecord[],
): Promise<readonly StoredRecord[]> => {
  const ids = new Map<string, string>();
  const idOf = (name: string): string => {
    const id = ids.get(name) ?? randomUUID();
    ids.set(name, id);
    return id;
  };
  const stored = generated.map((given): StoredRecord => {
    const id = recordId(uuidV7());
    const triggerAt = day(given.day);
    const unitKey = given.ownUnit ? id : `${given.controller} ${given.recordClass} ${triggerAt}`;
    return {
      ...given,
      id,
      triggerAt,
      unit: unitId(idOf(unitKey)),
      subjects: given.subjects.flatMap((at) => keys[at] ?? []),
      attributes: given.attributes.flatMap((at) => keys[at] ?? []),
      // One intent for what is destroyed of a unit in one state.
      intent: idOf(`${given.phase} ${unitKey}`),
    };
  });
  const dated = (at: Instant) => ({ opens_at: at, due_at: at, bound_at: instantPlus(at, days(1)) });
  const firstOf = (by: (record: StoredRecord) => string, those: readonly StoredRecord[]): StoredRecord[] =>
    [...Map.groupBy(those, by).values()].flatMap(([first]) => first ?? []);
  const present = stored.filter(({ phase }) => phase !== 'erased');
  const destroyed = stored.filter(({ phase }) => phase !== 'present');
  const text = { id: 'uuid', controller: 'text', record_class: 'text' };
  const dates = { opens_at: 'timestamptz', due_at: 'timestamptz', bound_at: 'timestamptz' };
  await insertRows(
    tx,
    'retention_unit',
    { ...text, ...dates, unit_size: 'text', unit_key: 'text', bound_day: 'date', created_at: 'timestamptz' },
    firstOf(({ unit }) => unit, stored).map((one) => ({
      id: one.unit,
      controller: one.controller,
      record_class: one.recordClass,
      ...dated(one.triggerAt),
      unit_size: one.ownUnit ? 'record' : 'day',
      unit_key: one.unit,
      bound_day: one.triggerAt,
      created_at: firstDay,
    })),
  );
  await insertRows(
    tx,
    'record',
    {
      ...text,
      unit_id: 'uuid',
      source_id: 'text',
      source_key: 'bytea',
      trigger_at: 'timestamptz',
      registered_at: 'timestamptz',
      policy_version: 'integer',
      sealed_content: 'bytea',
      content_digest: 'bytea',
    },
    present.map((one) => ({
      id: one.id,
      controller: one.controller,
      record_class: one.recordClass,
      unit_id: one.unit,
      source_id: one.id,
      source_key: randomBytes(32),
      trigger_at: one.triggerAt,
      registered_at: firstDay,
      policy_version: versions.get(one.controller),
      sealed_content: Buffer.alloc(0),
      content_digest: Buffer.alloc(0),
    })),
  );
  await insertRows(
    tx,
    'record_subject',
    { record_id: 'uuid', kind: 'text', subject_key: 'bytea' },
    present.flatMap(({ id, subjects }) =>
      subjects.map((key) => ({ record_id: id, kind: 'tax-code', subject_key: key })),
    ),
  );
  await insertRows(
    tx,
    'record_attribute',
    { record_id: 'uuid', name: 'text', attribute_key: 'bytea' },
    present.flatMap(({ id, attributes }) =>
      attributes.map((key, place) => ({ record_id: id, name: `field ${place}`, attribute_key: key })),
    ),
  );
  const intents = firstOf(({ intent }) => intent, destroyed);
  await insertRows(
    tx,
    'erasure_intent',
    {
      ...text,
      ...dates,
      unit_id: 'uuid',
      basis: 'text',
      policy_version: 'integer',
      written_at: 'timestamptz',
      state: 'text',
      record_count: 'integer',
      kept_count: 'integer',
      kept_by: 'jsonb',
    },
    intents.map((one) => ({
      id: one.intent,
      controller: one.controller,
      record_class: one.recordClass,
      ...dated(one.triggerAt),
      unit_id: one.unit,
      basis: 'retention-period-ended',
      policy_version: 1,
      written_at: one.triggerAt,
      state: one.phase === 'erased' ? 'certified' : 'written',
      record_count: 0,
      kept_count: 0,
      kept_by: '{}',
    })),
  );
  await insertRows(
    tx,
    'erasure_item',
    { record_id: 'uuid', intent_id: 'uuid', source_key: 'bytea', trigger_at: 'timestamptz' },
    destroyed.map((one) => ({
      record_id: one.id,
      intent_id: one.intent,
      source_key: randomBytes(32),
      trigger_at: one.triggerAt,
    })),
  );
  await insertRows(
    tx,
    'disposition_certificate',
    {
      ...text,
      intent_id: 'uuid',
      unit_id: 'uuid',
      issued_at: 'timestamptz',
      verified_at: 'timestamptz',
      bound_at: 'timestamptz',
      records_gone: 'integer',
      document: 'jsonb',
      digest: 'bytea',
    },
    intents
      .filter(({ phase }) => phase === 'erased')
      .map((one) => ({
        id: one.intent,
        controller: one.controller,
        record_class: one.recordClass,
        intent_id: one.intent,
        unit_id: one.unit,
        issued_at: now,
        verified_at: now,
        bound_at: now,
        records_gone: destroyed.filter(({ intent }) => intent === one.intent).length,
        document: '{}',
        digest: Buffer.alloc(0),
      })),
  );
  return stored;
};

const insertSuspensions = async (
  tx: DatabaseTransaction,
  generated: readonly GeneratedSuspension[],
  records: readonly StoredRecord[],
): Promise<readonly StoredSuspension[]> => {
  const stored = generated.map(({ controller, released, clauses }): StoredSuspension => {
    const those = clauses.map(({ record, subject, attribute, recordClass, from, until, active }): StoredClause => {
      const ofRecord = record === undefined ? undefined : (records[record]?.id ?? recordId(randomUUID()));
      const subjectKey = subject === undefined ? undefined : keys[subject];
      const attributeKey = attribute === undefined ? undefined : keys[attribute];
      const triggers = {
        ...(from !== undefined && { from: day(from) }),
        ...(until !== undefined && { until: day(until) }),
      };
      return {
        active: active && !released,
        clause: {
          ...(ofRecord && { record: ofRecord }),
          ...(subjectKey && { subject: subjectKey }),
          ...(attributeKey && { attribute: attributeKey }),
          ...(recordClass && { recordClass }),
          ...((from ?? until) !== undefined && { triggers }),
        },
      };
    });
    return { id: suspensionId(randomUUID()), controller, released, clauses: those };
  });
  await insertRows(
    tx,
    'suspension',
    {
      id: 'uuid',
      controller: 'text',
      kind: 'text',
      matter_reference: 'text',
      legal_basis: 'text',
      reason: 'text',
      placed_by: 'text',
      effective_at: 'timestamptz',
      review_on: 'date',
      state: 'text',
      released_at: 'timestamptz',
    },
    stored.map(({ id, controller, released }) => ({
      id,
      controller,
      kind: 'litigation-hold',
      matter_reference: 'matter',
      legal_basis: 'basis',
      reason: 'reason',
      placed_by: 'lawyer',
      effective_at: firstDay,
      review_on: '2099-01-01',
      state: released ? 'released' : 'active',
      released_at: released ? day(2) : null,
    })),
  );
  await insertRows(
    tx,
    'suspension_clause',
    {
      id: 'uuid',
      suspension_id: 'uuid',
      controller: 'text',
      added_at: 'timestamptz',
      ended_at: 'timestamptz',
      record_id: 'uuid',
      subject_key: 'bytea',
      attribute_key: 'bytea',
      record_class: 'text',
      trigger_from: 'timestamptz',
      trigger_until: 'timestamptz',
    },
    stored.flatMap(({ id, controller, clauses }) =>
      clauses.map(({ clause, active }) => ({
        id: uuidV7(),
        suspension_id: id,
        controller,
        added_at: firstDay,
        ended_at: active ? null : day(2),
        ...toClauseRow(clause),
      })),
    ),
  );
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
  due: 'overdue' | 'soon',
): Promise<readonly UnitId[]> => {
  const { units, next } = await nextUnits(tx, {
    suspensionId: id,
    controller,
    which,
    due,
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
    const { beingErased, erasedBefore } = await readPastPointOfNoReturn(tx, { controller, scope });
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
    { numRuns: 60 },
  );
}, 120_000);
