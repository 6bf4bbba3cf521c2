/** A case that was answered is taken up again, with a reason and a second person: to correct a mistake, or on an order (Art. 58(2)). */
import { mapRights, openRight } from './case-parts.ts';
import type { CaseRestriction, CaseState, RightCase } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { rights as definitions, rightKind } from './rights.ts';
import { answeredStage } from './settle.ts';

type ReopeningEvent = Extract<CaseEvent, { kind: 'reopening-requested' | 'reopened' | 'reopening-declined' }>;

/** What holds by law while a right is weighed holds again, or goes on: a lifting that was announced is off (Art. 18(1)(a), (d)). */
const restrictionOf = ({ key, restriction }: RightCase): CaseRestriction | undefined => {
  const why = definitions[rightKind(key)].restrictsMeanwhile;
  if (why === undefined) return restriction;
  if (restriction === undefined || restriction.state === 'lifted') return { why, state: 'ordered' };
  const { liftNotBefore: _, ...held } = restriction;
  return restriction.state === 'ordered' ? restriction : { ...held, state: 'in-force' };
};

/** A reopened right is weighed anew, and what its decision had left to be done waits for the new one; its extension and clock stay. */
const reopenedRight = (right: RightCase): RightCase => {
  const { key, extension, clock } = right;
  const restriction = restrictionOf(right);
  return {
    key,
    state: 'open',
    ...(restriction === undefined ? {} : { restriction }),
    ...(extension === undefined ? {} : { extension }),
    ...(clock === undefined ? {} : { clock }),
  };
};

/** The case after somebody asked to reopen it, and after a second person said yes or no. */
export const applyReopening = (state: CaseState, event: ReopeningEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'reopening-requested':
      return { ...state, stage: 'reopening', reopening: { by: meta.actor, at: meta.at } };
    case 'reopened': {
      const { reopening: _, ...rest } = mapRights(state, event.rights, reopenedRight);
      const known = event.rights.filter((key) => !state.rights.some((right) => right.key === key)).map(openRight);
      return {
        ...rest,
        rights: [...rest.rights, ...known],
        stage: state.identity.confirmed ? 'searching' : 'identification',
      };
    }
    case 'reopening-declined': {
      const { reopening: _, ...rest } = state;
      return { ...rest, stage: answeredStage(rest) };
    }
  }
};
