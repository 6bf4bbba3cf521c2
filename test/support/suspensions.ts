/** Suspensions for tests, placed and released the way the API does it: the same transaction behind the same fence. */
import { v7 as uuid } from 'uuid';
import { type ControllerId, type SuspensionId, suspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import type { KeyedScope } from '../../storage/suspensions/clause-rows.ts';
import { type Placement, placeSuspension } from '../../storage/suspensions/place-suspension.ts';
import { releaseSuspension } from '../../storage/suspensions/release-suspension.ts';
import { suspensionWorkflows } from '../../storage/suspensions/suspensions-to-signal.ts';
import { holdWorkflowId } from '../../workflows/hold/contract.ts';
import { inps } from './records.ts';
import type { World } from './world.ts';

export type PlaceInput = {
  readonly scope: KeyedScope;
  readonly now: Instant;
  readonly kind?: SuspensionKind;
  readonly controller?: ControllerId;
  readonly matterReference?: string;
  /** Default: later than any test comes. */
  readonly reviewOn?: LocalDate;
};

const actor = { id: 'test-legal', role: 'legal' } as const;

/** Places a suspension and commits. */
export const place = (world: World, input: PlaceInput): Promise<Placement> => {
  const { scope, now, kind = 'litigation-hold', controller = inps, matterReference = 'R.G. 1234/2026' } = input;
  const { reviewOn = localDate('2099-01-01') } = input;
  return world
    .database('api')
    .transaction()
    .execute((tx) =>
      placeSuspension(tx, {
        suspensionId: suspensionId(uuid()),
        controller,
        kind,
        matterReference,
        legalBasis: 'Art. 17(3)(e)',
        reason: 'dispute',
        scope,
        reviewOn,
        actor,
        now,
      }),
    );
};

/** Id of the workflow of a suspension, as its row says. */
export const workflowIdOfHold = async (world: World, id: SuspensionId): Promise<string> => {
  const [found] = await suspensionWorkflows(world.database('worker'), [id]);
  if (found === undefined) throw new Error(`There is no suspension ${id}`);
  return holdWorkflowId(found);
};

/** Releases a suspension and commits. */
export const release = async (world: World, id: SuspensionId, now: Instant, controller = inps): Promise<void> => {
  await world
    .database('api')
    .transaction()
    .execute((tx) => releaseSuspension(tx, { suspensionId: id, controller, actor, why: 'dispute-ended', now }));
};
