/** What search and review do to a case. */

import { allKeys, mapRights, undecide } from './case-parts.ts';
import type { CaseState } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { rights as definitions, rightKind } from './rights.ts';
import { undecidedStates } from './states.ts';

type SearchEvent = Extract<
  CaseEvent,
  { kind: 'search-ordered' | 'search-finished' | 'review-submitted' | 'review-confirmed' | 'review-returned' }
>;

const afterSearch = (state: CaseState): CaseState => ({
  ...state,
  stage:
    (state.manifest?.records ?? 0) > 0 &&
    state.rights.some(({ key, state: at }) => at !== 'closed' && definitions[rightKind(key)].contentLeaves)
      ? 'reviewing'
      : 'deciding',
});

/** Once it is known which records a restriction covers, whoever received them is told (Art. 19, 18(1)(a), (d)). */
const withRestrictionsTold = (
  state: CaseState,
  { manifest, restrictionsTold }: Extract<SearchEvent, { kind: 'search-finished' }>,
): CaseState => ({
  ...state,
  rights: state.rights.map((right) =>
    restrictionsTold === true &&
    manifest.records > 0 &&
    right.state !== 'closed' &&
    right.restriction !== undefined &&
    right.restriction.why !== 'decided' &&
    (right.restriction.state === 'ordered' || right.restriction.state === 'in-force')
      ? { ...right, recipients: 'due' }
      : right,
  ),
});

/** The case after an event of its search or review. */
export const applySearchEvent = (state: CaseState, event: SearchEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'search-ordered': {
      const { review: _, ...rest } = mapRights(state, allKeys(state), (right) =>
        undecidedStates.includes(right.state) ? undecide(right) : right,
      );
      return { ...rest, stage: 'searching' };
    }
    case 'search-finished':
      return afterSearch(withRestrictionsTold({ ...state, manifest: event.manifest }, event));
    case 'review-submitted':
      return { ...state, stage: 'review-confirmation', review: { by: meta.actor, withheld: event.withheld } };
    case 'review-confirmed':
      return {
        ...state,
        stage: 'deciding',
        ...(state.review === undefined ? {} : { review: { ...state.review, confirmedBy: meta.actor } }),
      };
    case 'review-returned': {
      const { review: _, ...rest } = state;
      return { ...rest, stage: 'reviewing' };
    }
  }
};
