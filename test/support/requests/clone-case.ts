/**
 * Copies a case as it stands into a new one without a workflow: Postgres is the truth, so a command on the copy starts a workflow
 * from there. Lets a test try every command on a case that stands exactly so.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readState } from '../../../storage/requests/case-row.ts';
import { openPerson, sealPerson } from '../../../storage/requests/person.ts';
import type { RightsWorld } from './rights-world.ts';

let copies = 0;

/** The id of the copy. */
export const cloneCase = async ({ world }: RightsWorld, caseId: string): Promise<string> => {
  const db = world.database('owner');
  const row = await db.selectFrom('request_case').selectAll().where('id', '=', caseId).executeTakeFirstOrThrow();
  const rights = await db.selectFrom('request_right').selectAll().where('case_id', '=', caseId).execute();
  const id = randomUUID();
  copies += 1;
  const number = 900_000 + copies;
  const reference = `COPY-${row.reference_year}-${number}`;
  await db
    .insertInto('request_case')
    .values({
      ...row,
      id,
      reference,
      reference_number: number,
      message_key: randomBytes(32),
      sealed_person: sealPerson(world.sealing, id, openPerson(world.sealing, caseId, row.sealed_person)),
      state: JSON.stringify({ ...readState(row.state), caseId: id, reference, recentCommands: [] }),
      workflow_started_at: null,
    })
    .execute();
  if (rights.length > 0) {
    await db
      .insertInto('request_right')
      .values(rights.map((right) => ({ ...right, case_id: id })))
      .execute();
  }
  return id;
};
