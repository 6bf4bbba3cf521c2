/**
 * Another subject's data never appears (Art. 15(4)): generated neighbours who share phones and mailboxes, under one spelling or
 * another. What only a contact ties waits for staff; what they name is found by the next search.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordId, recordClassId } from '../../domain/ids.ts';
import { normaliseSubjectIdentifier, type SubjectIdentifierKind } from '../../domain/subject/subject-identifier.ts';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { nameRecord, readNamedRecords } from '../../storage/manifests/name-record.ts';
import { readManifest, readManifestErased } from '../../storage/manifests/read-manifest.ts';
import { matchSuspensions } from '../../storage/suspensions/match-suspensions.ts';
import { walkUnit } from '../support/erasing.ts';
import { handIn, handInOne, inps, milano, recordClasses } from '../support/records.ts';
import { idsIn, search } from '../support/requests/searches.ts';
import { type Identifier, openCase } from '../support/requests/stored-cases.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'neighbours' });
});
afterAll(() => world.close());

const now = instant('2026-03-10T09:00:00Z');
const lately = instantPlus(now, -days(30));

const normal = (kind: SubjectIdentifierKind, value: string): Identifier => {
  const result = normaliseSubjectIdentifier({ kind, value });
  if (!result.ok) throw new Error(result.reason.reason);
  return result.value;
};

/** A contact as one source or another spells it. */
const spelt = ({ kind, value }: Identifier, way: number): Identifier =>
  kind === 'email'
    ? normal(kind, way % 2 === 0 ? value.toUpperCase() : ` ${value}`)
    : normal(kind, way % 2 === 0 ? value.replace('+39', '') : value.replace('+39', '0039 ').replace(/(\d{3})$/, ' $1'));

type Neighbour = {
  readonly id: Identifier;
  /** Of the common pool, by index. */
  readonly contacts: readonly number[];
  /** Which of the contacts staff checked as this person's own, and which the message only names. */
  readonly verified: readonly number[];
  readonly records: readonly { readonly byId: boolean; readonly contacts: readonly number[] }[];
};

const pool = 4;
const indices = Array.from({ length: pool }, (_, index) => index);
const neighbour = fc.record({
  contacts: fc.subarray(indices, { minLength: 1 }),
  verified: fc.subarray(indices),
  records: fc.array(fc.record({ byId: fc.boolean(), contacts: fc.subarray(indices, { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
});

const numbered = (run: string, index: number): Identifier =>
  index % 2 === 0
    ? normal('email', `shared${index}.${run}@example.it`)
    : normal('phone', `+39347${String(Number.parseInt(run.slice(0, 6), 16) % 1_000_000).padStart(6, '0')}${index}`);

describe('neighbours', () => {
  test("I8: nobody finds another's record, and everybody finds every record that names them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(neighbour, { minLength: 2, maxLength: 4 }), async (drawn) => {
        const run = randomUUID().replaceAll('-', '');
        const contacts = indices.map((index) => numbered(run, index));
        const contactOf = (index: number): Identifier => {
          const found = contacts[index];
          if (found === undefined) throw new Error('There is no such contact');
          return found;
        };
        const people = drawn.map(
          (one, number): Neighbour => ({
            ...one,
            id: { kind: 'controller-subject-id', value: `${run}-${number}` },
            verified: one.verified.filter((index) => one.contacts.includes(index)),
            // A record carries contacts of its own person only, and something at least.
            records: one.records.map(({ byId, contacts: theirs }) => {
              const own = theirs.filter((index) => one.contacts.includes(index));
              return { byId: byId || own.length === 0, contacts: own };
            }),
          }),
        );
        const handedIn: { owner: number; recordId: RecordId; byId: boolean; contacts: readonly number[] }[] = [];
        for (const [owner, { id, records }] of people.entries()) {
          for (const [way, record] of records.entries()) {
            const { recordId } = await handInOne(world, {
              triggerAt: lately,
              recordClass: way % 2 === 0 ? recordClasses.portalInteraction : recordClasses.sms,
              subjects: () => [
                ...(record.byId ? [id] : []),
                ...record.contacts.map((index) => spelt(contactOf(index), way)),
              ],
            });
            handedIn.push({ owner, recordId, ...record });
          }
        }
        for (const [number, { id, contacts: own, verified }] of people.entries()) {
          const caseId = await openCase(world, {
            identifiers: [id, ...own.map(contactOf)],
            verified: verified.map(contactOf),
            now,
          });
          const { manifestId } = await search(world, { caseId, now, pageSize: 3 });
          const personal = new Set(await idsIn(world, manifestId));
          const unclear = new Set(await idsIn(world, manifestId, 'unclear'));
          // A contact that some record gives to somebody else by name is nobody's proof.
          const givenToOthers = new Set(
            handedIn.filter(({ owner, byId }) => owner !== number && byId).flatMap(({ contacts: those }) => those),
          );
          for (const record of handedIn) {
            const where = personal.has(record.recordId)
              ? 'personal'
              : unclear.has(record.recordId)
                ? 'unclear'
                : 'absent';
            if (record.owner === number && record.byId) expect(where).toBe('personal');
            else if (record.byId) expect(where).toBe('absent');
            else if (!record.contacts.some((index) => own.includes(index))) expect(where).toBe('absent');
            else {
              const proven =
                record.contacts.every((index) => own.includes(index)) &&
                record.contacts.some((index) => verified.includes(index)) &&
                !record.contacts.some((index) => verified.includes(index) && givenToOthers.has(index));
              expect(where).toBe(proven ? 'personal' : 'unclear');
            }
          }
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});

describe('what staff name', () => {
  const actor = { id: 'dpo-1', role: 'dpo' } as const;
  const deps = () => ({ db: world.database('api'), sealing: world.sealing });

  test('a record that only a contact ties is found by the search after somebody named it, and kept from then on', async () => {
    const id: Identifier = { kind: 'controller-subject-id', value: randomUUID() };
    const phone = normal('phone', '+393471234567');
    const record = await handInOne(world, { triggerAt: lately, subjects: () => [phone] });
    const caseId = await openCase(world, { identifiers: [id, phone], now });
    const before = await search(world, { caseId, now });
    expect(before.records).toBe(0);
    expect(before.classes.find(({ recordClass }) => recordClass === 'portal-interaction')).toMatchObject({
      found: 0,
      unclear: 1,
    });
    expect((await readManifest(world.database('worker'), before.manifestId)).records).toEqual([]);
    const naming = {
      caseId,
      controller: inps,
      record: { by: 'id', recordId: record.recordId },
      reason: 'the person read out the message word for word',
      actor,
      now,
    } as const;
    expect(await nameRecord(deps(), naming)).toEqual({ kind: 'named', fate: 'held', recordId: record.recordId });
    expect(await nameRecord(deps(), naming)).toEqual({ kind: 'named', fate: 'held', recordId: record.recordId });
    const after = await search(world, { caseId, now });
    expect(await idsIn(world, after.manifestId)).toEqual([record.recordId]);
    expect(after.classes.find(({ found }) => found > 0)).not.toHaveProperty('unclear');
    // The first manifest stays as it was.
    expect(await idsIn(world, before.manifestId)).toEqual([]);
  });

  test("a named record without any of the person's identifiers is kept by the case's suspension", async () => {
    const id: Identifier = { kind: 'controller-subject-id', value: randomUUID() };
    const record = await handInOne(world, {
      triggerAt: lately,
      sourceId: () => `named-${randomUUID()}`,
      subjects: () => [],
    });
    const caseId = await openCase(world, { identifiers: [id], now });
    const kept = () => matchSuspensions(world.database('worker'), { controller: inps, recordIds: [record.recordId] });
    expect((await kept()).size).toBe(0);
    const result = await nameRecord(deps(), {
      caseId,
      controller: inps,
      record: { by: 'source', recordClass: recordClasses.portalInteraction, sourceId: record.sourceId },
      reason: 'named in the message',
      actor,
      now,
    });
    expect(result).toEqual({ kind: 'named', fate: 'held', recordId: record.recordId });
    expect([...(await kept()).values()].flat().map(({ kind }) => kind)).toEqual(['pending-request']);
    expect(await idsIn(world, (await search(world, { caseId, now })).manifestId)).toEqual([record.recordId]);
  });

  test('a record that was erased before receipt is told from its certificate, when it is named by the source', async () => {
    const sourceId = `erased-${randomUUID()}`;
    const [gone] = await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: instant('2016-01-01T10:00:00Z'),
      sourceId: () => sourceId,
    });
    if (gone === undefined) throw new Error('A record was handed in');
    await walkUnit(world.gate(), { unitId: gone.unit.id, now: gone.unit.dueAt });
    const caseId = await openCase(world, {
      identifiers: [{ kind: 'controller-subject-id', value: randomUUID() }],
      now,
    });
    const naming = (name: string) =>
      nameRecord(deps(), {
        caseId,
        controller: inps,
        record: { by: 'source', recordClass: recordClassId('call-recording'), sourceId: name },
        reason: 'the person has the number of the call',
        actor,
        now,
      });
    expect(await naming(sourceId)).toEqual({ kind: 'named', fate: 'erased', recordId: gone.recordId });
    expect(await naming(`never-${randomUUID()}`)).toEqual({ kind: 'named', fate: 'not-found' });
    const { manifestId, records } = await search(world, { caseId, now });
    expect(records).toBe(0);
    const db = world.database('worker');
    expect(await readManifestErased(db, manifestId)).toMatchObject([{ recordId: gone.recordId, foundBy: 'named' }]);
    expect((await readManifest(db, manifestId)).erasedBefore).toMatchObject([
      { recordId: gone.recordId, recordClass: 'call-recording' },
    ]);
    const named = await world
      .database('api')
      .transaction()
      .execute((tx) => readNamedRecords(tx, world.sealing, caseId));
    expect(named.map(({ sourceId: name, fate }) => [name === sourceId, fate]).sort()).toEqual([
      [false, 'not-found'],
      [true, 'erased'],
    ]);
  });

  test('nothing is named for a case of another controller, or a record that is not there', async () => {
    const caseId = await openCase(world, { identifiers: [], now });
    const input = { caseId, reason: 'r', actor, now } as const;
    const booked = await handInOne(world, {
      controller: milano,
      recordClass: recordClasses.booking,
      triggerAt: lately,
    });
    expect(
      await nameRecord(deps(), { ...input, controller: inps, record: { by: 'id', recordId: booked.recordId } }),
    ).toEqual({ kind: 'record-unknown' });
    expect(
      await nameRecord(deps(), {
        ...input,
        controller: milano,
        record: { by: 'id', recordId: booked.recordId },
      }),
    ).toEqual({ kind: 'case-unknown' });
  });
});
