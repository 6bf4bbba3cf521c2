/** A decision that could not be carried out or told as it is written is refused when it is prepared, not found out afterwards. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('checked-decisions');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');

const story = async (right: string, ...held: Parameters<typeof Story.begin>[3] & object): Promise<Story> => {
  const begun = await Story.begin(world, 'inps', message(received), held);
  await begun.recognised(right);
  return begun;
};
const prepare = async (of: Story, right: string, decision: object) => {
  const { status, body } = await of.send('dpo', 'prepare-decision', { right, decision });
  const errors = (body.errors ?? []) as { field: string; code: string }[];
  return { status, code: body.code, errors: errors.map(({ field, code }) => `${field} ${code}`) };
};
const bound = '2032-01-10';

describe('a rectification', () => {
  const corrected = (...changes: object[]) => ({ outcome: 'corrected', grounds: ['16.inaccurate'], changes });

  it('corrects no chat: what was said stays, and a statement can stand beside it', async () => {
    const of = await story('rectification', heldRecord('chat', bound));
    const change = { recordId: of.records[0], what: 'text', before: 'a', after: 'b' };
    expect(await prepare(of, 'rectification', corrected(change))).toMatchObject({
      status: 422,
      errors: ['decision.changes.0.recordId archive'],
    });
  });

  it('corrects what the record says, and nothing that it does not say', async () => {
    const of = await story('rectification', heldRecord('sms', bound, { text: 'Recapito: via A 1.' }));
    const change = { recordId: of.records[0], what: 'text', before: 'via A', after: 'via B' };
    const refused = (other: object) => prepare(of, 'rectification', corrected({ ...change, ...other }));
    const misfit = { status: 422, errors: ['decision.changes.0.before does-not-fit'] };
    expect(await refused({ before: 'via Z' })).toMatchObject(misfit);
    expect(await refused({ what: 'shoeSize' })).toMatchObject(misfit);
    expect(await refused({ what: 'senderKind', before: 'automated', after: 'pigeon' })).toMatchObject(misfit);
    // Each change is made on what the one before has left.
    const twice = corrected(change, { ...change, before: 'via B', after: 'via C' });
    expect(await prepare(of, 'rectification', twice)).toMatchObject({ status: 200 });
  });

  it('says what is corrected, or what stands beside the records', async () => {
    const of = await story('rectification', heldRecord('sms', bound, { text: 'Recapito: via A 1.' }));
    expect(await prepare(of, 'rectification', corrected())).toMatchObject({ errors: ['decision.changes required'] });
    const beside = { outcome: 'statement-attached', grounds: ['16.incomplete'] };
    expect(await prepare(of, 'rectification', beside)).toMatchObject({ errors: ['decision.statement required'] });
  });

  it('I9: is answered again as before when the decision is repeated after it was carried out', async () => {
    const of = await story('rectification', heldRecord('sms', bound, { text: 'Recapito: via A 1.' }));
    const decision = corrected({ recordId: of.records[0], what: 'text', before: 'via A', after: 'via B' });
    await of.do('dpo', 'prepare-decision', { right: 'rectification', decision });
    await of.do('dpo', 'give-opinion', { right: 'rectification', opinion: 'agrees', text: 'Parere favorevole.' });
    const decide = () =>
      of.send('officer', 'decide', { right: 'rectification', decision }, { headers: { 'idempotency-key': 'once' } });
    const first = await decide();
    expect(first.status).toBe(200);
    await expect.poll(async () => (await of.right('rectification')).state).toBe('executed');
    expect(await decide()).toMatchObject({ status: 200, body: { commandId: first.body.commandId } });
  });
});

describe('an objection', () => {
  it('is weighed in words', async () => {
    const of = await story('objection', heldRecord('chat', bound));
    const decision = {
      outcome: 'refused',
      grounds: ['21.1.compelling'],
      lines: [{ recordClass: 'chat', result: 'denied', grounds: ['21.1.compelling'] }],
      reasons: { '21.1.compelling': 'obbligo verso terzi' },
    };
    expect(await prepare(of, 'objection', decision)).toMatchObject({ errors: ['decision.balance required'] });
  });
});

describe('a record that is treated otherwise than its class', () => {
  const erased = (reasons: object, grounds: readonly string[], recordId: unknown) => ({
    outcome: 'partly-erased',
    lines: [{ recordClass: 'chat', result: 'granted', grounds: ['17.1.d'] }],
    exceptions: [{ recordId, result: 'denied', grounds }],
    reasons,
  });

  it('is excepted on grounds of the right, with the reasons that its letter needs (Art. 12(4))', async () => {
    const of = await story('erasure', heldRecord('chat', bound));
    const [record] = of.records;
    const errors = async (decision: object) => (await prepare(of, 'erasure', decision)).errors;
    expect(await errors(erased({}, ['17.3.e'], record))).toEqual(['decision.exceptions.0.grounds reasons-missing']);
    expect(await errors(erased({ '15.4': 'x' }, ['15.4'], record))).toEqual([
      'decision.exceptions.0.grounds ground-not-possible',
    ]);
    expect(await errors(erased({ '17.3.e': 'È in corso un giudizio.' }, ['17.3.e'], record))).toEqual([]);
  });
});

describe('a request called excessive', () => {
  it('names earlier requests that there are', async () => {
    const of = await story('erasure');
    const earlier = await Story.begin(world, 'inps', message(received));
    const { reference } = await earlier.read();
    const excessive = (...earlierCases: unknown[]) => ({
      outcome: 'refused',
      grounds: ['12.5.excessive'],
      reasons: { '12.5.excessive': 'La terza in un mese.' },
      earlierCases,
    });
    const own = (await of.read()).reference;
    expect(await prepare(of, 'erasure', excessive('INPS-2027-999999', own))).toMatchObject({
      errors: ['decision.earlierCases.0 request-unknown', 'decision.earlierCases.1 request-unknown'],
    });
    expect(await prepare(of, 'erasure', excessive(reference))).toMatchObject({ status: 200 });
  });
});

describe('an access', () => {
  const reviewed = async (...redactions: object[]): Promise<Story> => {
    const of = await story('access', heldRecord('chat', bound));
    const recordClass = 'chat';
    await of.do('dpo', 'submit-review', {
      redactions: redactions.map((one) => ({ recordId: of.records[0], recordClass, ground: '15.4', ...one })),
    });
    await of.do('officer', 'confirm-review', {});
    return of;
  };
  const partly = { outcome: 'partly-granted', grounds: ['15.1', '15.4'], reasons: { '15.4': 'Un altro utente.' } };

  it('is not called granted where the review withholds something', async () => {
    const of = await reviewed({ what: 'passage', where: 'text 0-4' });
    const granted = { outcome: 'granted', grounds: ['15.1'] };
    expect(await prepare(of, 'access', granted)).toMatchObject({ status: 422, code: 'review-contradicts' });
    expect(await prepare(of, 'access', partly)).toMatchObject({ status: 200 });
  });

  it('is not called partly granted where nothing is withheld', async () => {
    expect(await prepare(await reviewed(), 'access', partly)).toMatchObject({ code: 'review-contradicts' });
  });
});

describe('a complaint that is linked', () => {
  it('names a hold that there is', async () => {
    const of = await Story.begin(world, 'inps', message(received));
    const link = { proceeding: 'complaint', reference: 'Garante 1/2027', suspensionId: randomUUID() };
    expect(await of.send('legal', 'link-proceeding', link)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'suspensionId', code: 'hold-unknown' }] },
    });
    expect((await of.read()).proceedings).toEqual([]);
  });
});
