/** A story: the Garante orders a controller to look again (Art. 58(2)(c)) while a restriction that the same case brought about is in force. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-standing');
});
afterAll(() => world.close());

const restricted = {
  outcome: 'restricted',
  grounds: ['18.1.c'],
  lines: [{ recordClass: 'chat', result: 'granted', grounds: ['18.1.c'] }],
};

it('a case with a restriction in force is reopened, answered again, and stands again, restricted all the time', async () => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00')), [
    heldRecord('chat', '2032-01-10'),
  ]);
  const inForce = async () =>
    (
      await world.world
        .database('worker')
        .selectFrom('suspension')
        .select(['kind', 'state'])
        .where('matter_reference', 'like', `${story.caseId}%`)
        .where('state', '=', 'active')
        .orderBy('kind')
        .execute()
    ).map(({ kind }) => kind);
  await story.recognised('restriction');
  await story.answered('restriction', restricted);
  expect(await story.read()).toMatchObject({ stage: 'standing', waitingFor: 'review-date' });
  await story.days(40);
  await story.do('dpo', 'link-proceeding', { proceeding: 'complaint', reference: 'Garante 123/2027' });

  await story.do('dpo', 'request-reopening', { reason: 'Provvedimento del Garante 123/2027.' });
  const alone = await story.send('dpo', 'confirm-reopening', { rights: ['restriction'] });
  expect(alone).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
  await story.do('officer', 'confirm-reopening', { rights: ['restriction', 'access'] });
  expect(await inForce()).toEqual(['pending-request', 'restriction']);

  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  await story.answered('restriction', restricted);
  await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
  expect(await story.read()).toMatchObject({ stage: 'standing' });
  await expect.poll(inForce, { timeout: 180_000 }).toEqual(['restriction']);
});
