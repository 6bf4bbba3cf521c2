/** The case file in the database: its closed lists are those of the domain, and only the right users may write it. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { intakeChannels } from '../../domain/request/course/events.ts';
import { allOutcomes } from '../../domain/request/course/grounds.ts';
import { rightKinds } from '../../domain/request/course/rights.ts';
import { rightEndings, rightStates, stages, waitingFor } from '../../domain/request/course/states.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'rights-case-file' });
});
afterAll(() => world.close());

it.each([
  ['request_case_stage', stages],
  ['request_case_waiting_for', waitingFor],
  ['request_case_channel', intakeChannels],
  ['request_right_kind', rightKinds],
  ['request_right_state', rightStates],
  ['request_right_ending', rightEndings],
  ['request_right_outcome', allOutcomes],
])('checks %s against the same list as the rules', async (name, list) => {
  const { rows } = await sql<{ definition: string }>`
    SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = ${name}`.execute(
    world.database('owner'),
  );
  const inDatabase = [...(rows[0]?.definition ?? '').matchAll(/'([^']+)'/g)].map(([, value]) => value);
  expect(inDatabase.toSorted()).toEqual([...list].toSorted());
});

it.each(['request_case', 'request_event', 'request_right', 'request_letter', 'request_command'])(
  'lets neither the API nor the worker remove anything from %s',
  async (table) => {
    for (const part of ['api', 'worker'] as const) {
      await expect(sql`DELETE FROM ${sql.table(table)}`.execute(world.database(part))).rejects.toMatchObject({
        code: '42501',
      });
    }
  },
);

it('lets the API change no case after intake: the workflow is the only writer', async () => {
  await expect(sql`UPDATE request_case SET stage = 'closed'`.execute(world.database('api'))).rejects.toMatchObject({
    code: '42501',
  });
  await expect(sql`UPDATE request_right SET state = 'closed'`.execute(world.database('api'))).rejects.toMatchObject({
    code: '42501',
  });
});

it('I10: lets nobody change what has happened', async () => {
  await expect(sql`UPDATE request_event SET kind = 'x'`.execute(world.database('owner'))).rejects.toThrow();
});
