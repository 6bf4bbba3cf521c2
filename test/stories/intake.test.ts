/** How a message becomes a case: once, numbered without gaps, kept from receipt on, or closed as no request; and how cases are listed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controllerId } from '../../domain/ids.ts';
import { days, minutes } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story, signatory } from '../support/requests/story.ts';

import { activeSuspensions, chat, received, refusedErasure } from '../support/requests/usual-case.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-intake');
});
afterAll(() => world.close());

const receive = (sent: unknown, controller = 'inps', now: Instant = instantPlus(received, minutes(1))) =>
  call(world, { as: 'dpo', controller, method: 'POST', path: `/controllers/${controller}/requests`, body: sent, now });

describe('intake', () => {
  it('keeps what is in scope from receipt until the answer is delivered', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    expect(await activeSuspensions(world, story.caseId, 'pending-request')).toBe(1);
    await story.recognised('erasure');
    await story.decided('erasure', refusedErasure);
    await story.do('dpo', 'compose-answer', { rights: ['erasure'], signatory });
    expect(await activeSuspensions(world, story.caseId, 'pending-request')).toBe(1);
    await story.deliver('answer');
    await expect.poll(() => activeSuspensions(world, story.caseId, 'pending-request')).toBe(0);
  });

  it('I9: makes one case of the same message handed in many times at once', async () => {
    const sent = message(received);
    const answers = await Promise.all(Array.from({ length: 8 }, () => receive(sent)));
    expect(new Set(answers.map(({ body }) => body.caseId)).size).toBe(1);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  it('numbers cases without gaps under concurrency', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        receive(message(instant('2029-05-05T10:00:00+02:00')), 'inps', instant('2029-05-05T10:00:00Z')),
      ),
    );
    const numbers = answers.map(({ body }) => String(body.reference)).toSorted();
    expect(numbers).toEqual(
      Array.from({ length: 12 }, (_, index) => `INPS-2029-${String(index + 1).padStart(6, '0')}`),
    );
  });

  it('points a likely duplicate out and merges nothing', async () => {
    const identifiers = [{ kind: 'email', value: 'twice.planted-marker@example.it' }];
    const first = await receive(message(received, { identifiers, rights: ['access'] }));
    const second = await receive(
      message(instantPlus(received, days(1)), {
        identifiers: [{ kind: 'email', value: 'TWICE.planted-marker@Example.it' }],
        rights: ['access'],
      }),
      'inps',
      instantPlus(received, days(2)),
    );
    expect(second.body.caseId).not.toBe(first.body.caseId);
    expect(second.body.likelyDuplicates).toMatchObject([{ caseId: first.body.caseId, rights: ['access'] }]);
  });

  it('closes what is no rights request as each controller’s notice says', async () => {
    const inps = await Story.begin(world, 'inps', message(received));
    await inps.do('dpo', 'triage', { verdict: 'not-a-request', text: 'Pubblicità.', signatory });
    expect(await inps.read()).toMatchObject({ stage: 'closed', letters: [] });
    const milano = await Story.begin(world, 'comune-di-milano', message(received));
    await milano.do('dpo', 'triage', { verdict: 'not-a-request', text: 'Segnalazione di buche.', signatory });
    expect(await milano.read()).toMatchObject({ stage: 'closing-letter', letters: [{ kind: 'not-a-request' }] });
    await milano.deliver('not-a-request');
    expect(await milano.read()).toMatchObject({ stage: 'closed' });
  });
});

describe('the API', () => {
  it('describes every command in its OpenAPI document', async () => {
    const response = await world.app.request('/openapi.json');
    expect(response.status).toBe(200);
    const text = await response.text();
    for (const name of ['TriageCommand', 'DecideCommand', 'RecordDeliveryCommand', 'RightsRequestMessage'])
      expect(text).toContain(name);
  });

  it('pages through a list, due soonest first', async () => {
    const seen: string[] = [];
    const deadlines: string[] = [];
    let cursor = '';
    do {
      const page = await call(world, {
        as: 'auditor',
        controller: 'inps',
        method: 'GET',
        path: `/controllers/inps/requests?limit=3&includeClosed=true${cursor}`,
        now: received,
      });
      for (const { caseId, nextDeadline } of page.body.requests as { caseId: string; nextDeadline?: string }[]) {
        seen.push(caseId);
        deadlines.push(nextDeadline ?? '9999');
      }
      cursor = page.body.nextCursor === undefined ? '' : `&cursor=${String(page.body.nextCursor)}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(deadlines).toEqual(deadlines.toSorted());
    const { count } = await world.world
      .database('api')
      .selectFrom('request_case')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('controller', '=', controllerId('inps'))
      .executeTakeFirstOrThrow();
    expect(seen).toHaveLength(count);
  });
});
