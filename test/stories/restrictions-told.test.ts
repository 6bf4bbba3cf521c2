/**
 * Art. 19 covers every restriction that is carried out: also the one that holds while a right is weighed (Art. 18(1)(a), (d)). Recipients
 * hear of it once, and of its end.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('restrictions-told');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');
const milano = 'comune-di-milano';

/** Each notice with its records and how many recipients are told of it, in the order in which they were given. */
const notices = async ({ caseId }: Story) => {
  const db = world.world.database('api');
  const rows = await db
    .selectFrom('recipient_notice')
    .select(['id', 'what'])
    .where('case_id', '=', caseId)
    .orderBy('ordered_at')
    .orderBy('what')
    .execute();
  return Promise.all(
    rows.map(async ({ id, what }) => {
      const records = await db
        .selectFrom('recipient_notice_record')
        .select('record_id')
        .where('notice_id', '=', id)
        .execute();
      const told = await db.selectFrom('recipient_notification').select('id').where('notice_id', '=', id).execute();
      return { what, records: records.map(({ record_id }) => record_id), recipients: told.length };
    }),
  );
};

/** The recipients of bookings: the contact centre and its technical provider. */
const recipients = 2;

describe('a restriction that holds while a right is weighed', () => {
  it('is told with the records of the search, once, and so is its lifting', async () => {
    const story = await Story.begin(world, milano, message(received), [heldRecord('booking', '2028-01-10')]);
    await story.recognised('rectification');
    const restricted = { what: 'restricted', records: story.records, recipients };
    expect(await notices(story)).toEqual([restricted]);
    // Searched again, nothing is new.
    await story.do('dpo', 'repeat-search', { text: 'Ricerca ripetuta.' });
    expect(await notices(story)).toEqual([restricted]);
    await story.answered('rectification', {
      outcome: 'refused',
      grounds: ['16.accurate'],
      reasons: { '16.accurate': 'I dati sono esatti.' },
    });
    expect(await notices(story)).toEqual([restricted]);
    await story.days(20);
    expect(await notices(story)).toEqual([restricted, { ...restricted, what: 'restriction-lifted' }]);
  });

  it('is not told to be lifted where the records were erased: their erasure is what recipients hear', async () => {
    const story = await Story.begin(world, milano, message(received), [heldRecord('booking', '2028-01-10')]);
    await story.recognised('objection');
    await story.answered('objection', {
      outcome: 'upheld',
      grounds: ['21.1.not-shown'],
      lines: [{ recordClass: 'booking', result: 'granted', grounds: ['21.1.not-shown'] }],
      reasons: { '21.1.not-shown': 'Nessun motivo cogente.' },
      balance: 'Nessun motivo cogente prevale.',
    });
    await story.days(20);
    expect((await notices(story)).map(({ what }) => what)).toEqual(['restricted', 'erased']);
  });

  it('is told of nothing where the search found nothing', async () => {
    const story = await Story.begin(world, milano, message(received));
    await story.recognised('rectification');
    expect(await notices(story)).toEqual([]);
  });
});
