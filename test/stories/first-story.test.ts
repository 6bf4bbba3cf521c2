/** The shortest whole story: somebody asks what is held on them, and is told. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { finalLetterFile, wholeLetterFile } from '../../storage/letters/files.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import { readPdf } from '../rules/letters/support/read-pdf.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-first');
});
afterAll(() => world.close());

const byPec = { channel: 'pec', requester: { name: 'Rosa Planted-Marker', pec: 'rosa.planted-marker@pec.example.it' } };

it.each([
  { way: 'certified mail', change: byPec, inside: ['chat.csv', 'chat.json'] },
  { way: 'ordinary mail, whose letter never has the data inside', change: {}, inside: [] },
])('answers a request for access from intake to closure, by $way', async ({ change, inside }) => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00'), change), [
    heldRecord('chat', '2032-01-10'),
  ]);
  await story.recognised('access');
  expect((await story.read()).stage).toBe('reviewing');
  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
  expect(await story.read()).toMatchObject({ stage: 'closed', waitingFor: 'nobody' });
  expect(await story.letter('answer')).toMatchObject({ kind: 'answer', freeOfCharge: true });
  // The data are few: a letter by a closed way brings them along (Art. 15(3), 20(1), 32); the acknowledgement brings nothing.
  const db = world.world.database('worker');
  const attachedTo = async (kind: string): Promise<readonly string[]> => {
    const { letters } = (await readCase(db, story.caseId))?.state ?? { letters: [] };
    const letterId = letters.find((letter) => letter.kind === kind)?.letterId ?? '';
    const file = await finalLetterFile(db, letterId);
    if (file === undefined) throw new Error(`There is no file of the letter ${kind}`);
    const { attachments } = await readPdf(await wholeLetterFile({ db, sealing: world.world.sealing }, file));
    return [...attachments.keys()];
  };
  expect(await attachedTo('answer')).toEqual(inside);
  expect(await attachedTo('acknowledgement')).toEqual([]);
});
