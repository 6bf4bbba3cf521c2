/** What a case restricted while it weighed a right must not keep back the erasure that the case then decided; all other suspensions do. */
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CaseId, caseId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { instant } from '../../domain/time/instant.ts';
import { expectGone, expectWhole, walkUnit } from '../support/erasing.ts';
import { handInOne, type TestRecord } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'gate-own-case' });
});
afterAll(() => world.close());

const at = instant('2024-05-05T10:00:00Z');
const now = instant('2024-05-06T10:00:00Z');

const decide = (record: TestRecord, decidedBy: CaseId) =>
  walkUnit(world.gate(), {
    unitId: record.unit.id,
    now,
    basis: { kind: 'decision', caseId: decidedBy, recordIds: [record.recordId] },
  });

const suspend = (record: TestRecord, kind: SuspensionKind, matterReference: string) =>
  place(world, { scope: [{ record: record.recordId }], now: at, kind, matterReference });

test('the restrictions and the pending request of the case itself do not keep back what it decided to erase', async () => {
  const own = caseId(uuid());
  const record = await handInOne(world, { triggerAt: at });
  await suspend(record, 'pending-request', own);
  await suspend(record, 'restriction', `${own}/objection`);
  await suspend(record, 'restriction', `${own}/rectification`);
  expect((await decide(record, own)).map(({ gone }) => gone)).toEqual([1]);
  await expectGone(world, [record.recordId]);
});

test.each<{ what: string; kind: SuspensionKind; matter: (own: string) => string }>([
  { what: "another case's restriction", kind: 'restriction', matter: () => `${uuid()}/objection` },
  { what: "another case's pending request", kind: 'pending-request', matter: () => uuid() },
  { what: 'a hold, even under the name of the case', kind: 'litigation-hold', matter: (own) => `${own}/objection` },
  { what: 'a legal duty, even under the name of the case', kind: 'legal-obligation', matter: (own) => own },
  { what: 'a restriction whose matter only begins alike', kind: 'restriction', matter: (own) => `${own}0/objection` },
])('I4: $what still keeps it', async ({ kind, matter }) => {
  const own = caseId(uuid());
  const record = await handInOne(world, { triggerAt: at });
  await suspend(record, 'restriction', `${own}/objection`);
  const other = await suspend(record, kind, matter(own));
  const [chunk] = await decide(record, own);
  expect(chunk).toMatchObject({ gone: 0, kept: { records: 1, byKind: [{ kind, records: 1 }] } });
  expect(chunk?.kept.suspensions).toEqual([{ suspensionId: other.suspensionId, kind }]);
  await expectWhole(world, [record]);
  await release(world, other.suspensionId, now);
  expect((await decide(record, own)).map(({ gone }) => gone)).toEqual([1]);
});

test('a restriction keeps a record back when its period ends, whoever placed it', async () => {
  const record = await handInOne(world, { triggerAt: instant('2015-05-05T10:00:00Z') });
  await suspend(record, 'restriction', `${uuid()}/restriction`);
  const [chunk] = await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.boundAt });
  expect(chunk).toMatchObject({ gone: 0, kept: { records: 1 } });
});
