/** I9: a command that reaches a case's workflow again, by whatever way, is answered as before and changes nothing. */
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import { commandUpdate } from '../../workflows/request/contract.ts';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('repeated-command');
});
afterAll(() => world.close());

test('I9: the workflow knows a command by its own id, although it comes as another update', async () => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-01T09:00:00Z')));
  const sent = await story.send('dpo', 'add-note', { text: 'first' });
  expect(sent.status).toBe(200);
  const { commandId, revision, stage } = sent.body as { commandId: string; revision: number; stage: string };
  const again = await world.client.workflow.getHandle(story.workflowId).executeUpdate(commandUpdate('add-note'), {
    updateId: uuid(),
    args: [
      {
        version: 1,
        command: { kind: 'add-note' },
        meta: { commandId, actor: 'ada', role: 'dpo', actsForController: true, at: story.now },
      },
    ],
  });
  expect(again).toEqual({ revision, stage });
  expect((await readCase(world.world.database('worker'), story.caseId))?.state.revision).toBe(revision);
});
