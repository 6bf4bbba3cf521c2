/** Commands that could be carried out but would leave something undone or untold are refused with what has to happen first. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseId, recordClassId, recordId, unitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { matchSuspensions } from '../../storage/suspensions/match-suspensions.ts';
import { handInOne, inps } from '../support/records.ts';
import { createRightsWorld, heldRecord, newCodiceFiscale, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story, signatory } from '../support/requests/story.ts';
import { eventually } from '../support/temporal.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('refused-commands');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');

describe('an opt-out of somebody whom nothing finds', () => {
  it('is not confirmed until there is something under which it can be looked up', async () => {
    const story = await Story.begin(world, inps, message(received, { identifiers: [] }));
    const right = 'opt-out/satisfaction-surveys';
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: [right], signatory });
    const identity = { level: 'digital-identity', capacity: 'self' };
    expect(await story.send('dpo', 'confirm-identity', identity)).toMatchObject({
      status: 422,
      body: { code: 'identifier-missing' },
    });
    await story.do('dpo', 'confirm-identity', {
      ...identity,
      identifiers: [{ kind: 'codice-fiscale', value: newCodiceFiscale() }],
    });
    await story.decided(right, { outcome: 'recorded', grounds: ['notice'] });
    const lines = await world.world
      .database('api')
      .selectFrom('opt_out')
      .select('refused')
      .where('case_id', '=', story.caseId)
      .execute();
    expect(lines).toEqual([{ refused: 'satisfaction-surveys' }]);
  });
});

/** A message of somebody whose telephone also stands on a record that names nobody else. */
const sharedPhone = async (phone: string) => {
  const { recordId: neighbours } = await handInOne(world.world, {
    controller: inps,
    recordClass: recordClassId('sms'),
    triggerAt: instantPlus(received, -days(30)),
    now: instantPlus(received, -days(1)),
    subjects: () => [{ kind: 'phone', value: phone }],
  });
  const identifiers = [
    { kind: 'codice-fiscale', value: newCodiceFiscale() },
    { kind: 'phone', value: phone },
  ];
  return { neighbours: recordId(neighbours), sent: message(received, { identifiers }) };
};

describe('records that only a shared telephone ties to the person', () => {
  it('keep anybody from saying that nothing is held, until somebody has said whose they are', async () => {
    const { sent } = await sharedPhone('+393334007123');
    const story = await Story.begin(world, inps, sent);
    await story.recognised('access');
    const decision = { outcome: 'no-data', grounds: ['not-held'] };
    expect(await story.send('dpo', 'prepare-decision', { right: 'access', decision })).toMatchObject({
      status: 422,
      body: { code: 'ties-unclear' },
    });
    const looked = { ...decision, reasons: { 'not-held': 'Il messaggio era per un altro intestatario della linea.' } };
    await story.do('dpo', 'prepare-decision', { right: 'access', decision: looked });
  });

  it('are kept while the request is open, never erased under it, and free again once it is answered', async () => {
    const { neighbours, sent } = await sharedPhone('+393334007124');
    const story = await Story.begin(world, inps, sent, [heldRecord('chat', '2032-01-10')]);
    await story.recognised('erasure');
    const db = world.world.database('worker');
    const keptBy = async () =>
      ((await matchSuspensions(db, { controller: inps, recordIds: [neighbours] })).get(neighbours) ?? []).map(
        ({ kind }) => kind,
      );
    expect(await keptBy()).toEqual(['pending-request']);
    await story.answered('erasure', {
      outcome: 'erased',
      grounds: ['17.1.d'],
      lines: [{ recordClass: 'chat', result: 'granted', grounds: ['17.1.d'] }],
    });
    await eventually(keptBy, (kinds) => kinds.length === 0);
    const here = await db.selectFrom('record').select('id').where('id', '=', neighbours).execute();
    expect(here).toHaveLength(1);
  });
});

describe('a command that was accepted', () => {
  it('I9: is answered again as before when its records have left the manifest meanwhile', async () => {
    const story = await Story.begin(world, inps, message(received), [heldRecord('chat', '2032-01-10')]);
    const [record] = story.records;
    if (record === undefined) throw new Error('Nothing was registered');
    await story.recognised('erasure');
    const decision = {
      outcome: 'refused',
      lines: [{ recordClass: 'chat', result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
      reasons: { '17.1.none': 'Ancora necessaria.', '17.3.b': 'Compito pubblico.' },
      exceptions: [{ recordId: record, result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
    };
    const headers = { 'idempotency-key': `prepared-${randomUUID()}` };
    const prepare = () => story.send('dpo', 'prepare-decision', { right: 'erasure', decision }, { headers });
    const first = await prepare();
    expect(first.status).toBe(200);
    // Erased under another decision of the case, it is not among what the next search finds.
    const { unit_id } = await world.world
      .database('worker')
      .selectFrom('record')
      .select('unit_id')
      .where('id', '=', record)
      .executeTakeFirstOrThrow();
    await world.world.gate().eraseNextChunk({
      unitId: unitId(unit_id),
      now: story.now,
      basis: { kind: 'decision', caseId: caseId(story.caseId), recordIds: [record] },
    });
    await story.do('dpo', 'repeat-search', { text: 'Ricerca ripetuta.' });
    expect(await prepare()).toMatchObject({ status: 200, body: first.body });
    // A new one is looked at.
    expect(await story.send('dpo', 'prepare-decision', { right: 'erasure', decision })).toMatchObject({ status: 422 });
  });
});
