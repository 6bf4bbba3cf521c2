/** The shortest whole story: somebody asks what is held on them, and is told. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant } from '../../domain/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from './support/rights-world.ts';
import { message, Story } from './support/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-first');
});
afterAll(() => world.close());

it('answers a request for access from intake to closure', async () => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00')), [
    heldRecord('chat', '2032-01-10'),
  ]);
  await story.recognised('access');
  expect((await story.read()).stage).toBe('reviewing');
  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
  expect(await story.read()).toMatchObject({ stage: 'closed', waitingFor: 'nobody' });
  expect(await story.letter('answer')).toMatchObject({ kind: 'answer', freeOfCharge: true });
});
