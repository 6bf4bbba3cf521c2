/** What lawyers do in the race search: they place holds, change their scopes and release them, two by two. */
import { v7 as uuid } from 'uuid';
import { suspensionId } from '../../../domain/ids.ts';
import { success } from '../../../domain/result.ts';
import { localDate } from '../../../domain/time/local-date.ts';
import { digestOfRequest, runOnce } from '../../../storage/commands/run-once.ts';
import { previewScopeChange, widenScope } from '../../../storage/suspensions/change-scope.ts';
import { type Placement, placeSuspension } from '../../../storage/suspensions/place-suspension.ts';
import { askForRelease, decideRequest } from '../../../storage/suspensions/release-requests.ts';
import { realNow } from '../../support/world.ts';
import {
  afterEverything,
  BrokenPromise,
  type Hold,
  lawyers,
  type Race,
  type ScopeOfRun,
  untilAnswered,
} from './race-model.ts';
import { checkPromises, promised } from './race-promises.ts';
import { controller } from './race-store.ts';

export const place = async (race: Race, scope: ScopeOfRun): Promise<void> => {
  const { world, run, records, holds } = race;
  const id = suspensionId(uuid());
  const hold: Hold = { id, scope, state: 'placing', preserved: new Set(), working: false };
  holds.push(hold);
  const known = [...records];
  const command = {
    about: 'holds',
    controller,
    actor: lawyers[0].id,
    key: id,
    requestDigest: digestOfRequest({ id }),
  } as const;
  const result = await untilAnswered(() =>
    world
      .database('api')
      .transaction()
      .execute((tx) =>
        runOnce<Placement>(tx, {
          command,
          now: realNow(),
          readAnswer: (stored) => stored as Placement,
          carryOut: async () =>
            success(
              await placeSuspension(tx, {
                suspensionId: id,
                controller,
                kind: 'litigation-hold',
                matterReference: `run ${run}`,
                legalBasis: 'Art. 17(3)(e)',
                reason: 'race',
                scope: scope.keyed,
                reviewOn: localDate('2890-01-01'),
                actor: lawyers[0],
                now: realNow(),
              }),
            ),
        }),
      ),
  );
  if (result.kind !== 'done') throw new BrokenPromise('the key of a command was taken');
  await promised(race, { hold, known, answer: result.answer });
  hold.state = 'active';
};

export const change = async (race: Race, hold: Hold, scope: ScopeOfRun): Promise<void> => {
  const { world, records } = race;
  hold.state = 'changing';
  const known = [...records];
  const api = world.database('api');
  const why = 'race';
  const given = { suspensionId: hold.id, controller };
  const widened = await untilAnswered(() =>
    api
      .transaction()
      .execute((tx) => widenScope(tx, { ...given, scope: scope.keyed, actor: lawyers[0], why, now: realNow() })),
  );
  if (widened.kind === 'narrows') {
    const leaving = [...hold.preserved].filter((record) => !scope.covers(record));
    await checkPromises(race, [hold]);
    const preview = await previewScopeChange(api, {
      suspensionId: hold.id,
      scope: scope.keyed,
      now: afterEverything,
    });
    if (preview === undefined) throw new BrokenPromise('an active hold has no preview');
    const shown = { scope: scope.keyed, scopeRevision: preview.scopeRevision, shownDigest: preview.digest };
    const asked = await untilAnswered(() =>
      api
        .transaction()
        .execute((tx) =>
          askForRelease(tx, { ...given, actor: lawyers[0], reason: why, now: realNow(), narrowTo: shown }),
        ),
    );
    if (!('requestId' in asked)) throw new BrokenPromise(`a narrower scope cannot be asked for: ${asked.kind}`);
    for (const record of leaving) hold.preserved.delete(record);
    const decided = await untilAnswered(() =>
      api.transaction().execute((tx) =>
        decideRequest(tx, {
          ...given,
          requestId: asked.requestId,
          actor: lawyers[1],
          decision: 'confirm',
          shownDigest: preview.digest,
          why,
          now: realNow(),
        }),
      ),
    );
    if (decided.kind !== 'narrowed' && decided.kind !== 'decided-before') {
      throw new BrokenPromise(`a narrower scope was not confirmed: ${decided.kind}`);
    }
    hold.scope = scope;
    if (decided.kind === 'narrowed') await promised(race, { hold, known, answer: decided });
  } else {
    hold.scope = scope;
    if (widened.kind === 'changed') await promised(race, { hold, known, answer: widened });
  }
  hold.state = 'active';
};

export const release = async (race: Race, hold: Hold): Promise<void> => {
  // Before anything else: what is being released is neither changed nor released by another action of the run.
  hold.state = 'releasing';
  await checkPromises(race, [hold]);
  const api = race.world.database('api');
  hold.preserved.clear();
  const given = { suspensionId: hold.id, controller };
  const asked = await untilAnswered(() =>
    api
      .transaction()
      .execute((tx) => askForRelease(tx, { ...given, actor: lawyers[0], reason: 'race', now: realNow() })),
  );
  if (!('requestId' in asked)) throw new BrokenPromise(`a release cannot be asked for: ${asked.kind}`);
  const { requestId } = asked;
  const decision = { ...given, requestId, decision: 'confirm', why: 'race', now: realNow() } as const;
  const alone = await untilAnswered(() =>
    api.transaction().execute((tx) => decideRequest(tx, { ...decision, actor: lawyers[0] })),
  );
  if (alone.kind !== 'same-person') throw new BrokenPromise(`one person released alone: ${alone.kind}`);
  await untilAnswered(() => api.transaction().execute((tx) => decideRequest(tx, { ...decision, actor: lawyers[1] })));
  hold.state = 'released';
};
