/** What triage and the settling of identity do to a case (Art. 12(6)). */

import type { Instant } from '../../time/instant.ts';
import { allKeys, mapRights, openRight, orderLetter } from './case-parts.ts';
import type { CaseState, RightCase } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { rights as definitions, rightKind } from './rights.ts';

type IdentityEvent = Extract<
  CaseEvent,
  {
    kind:
      | 'recognised'
      | 'found-no-request'
      | 'requester-asked'
      | 'requester-answered'
      | 'requester-silent'
      | 'identity-confirmed';
  }
>;

const withoutQuestion = ({ question: _, ...state }: CaseState): CaseState => state;

const resumeClock = (state: CaseState, at: Instant): CaseState => ({
  ...withoutQuestion(state),
  pauses: state.pauses.map((pause) => (pause.to === undefined ? { ...pause, to: at } : pause)),
});

const afterIdentity = (state: CaseState): CaseState => ({
  ...state,
  stage: state.rights.some(({ key, state: at }) => at !== 'closed' && definitions[rightKind(key)].needsSearch)
    ? 'searching'
    : 'deciding',
});

/** The case after an event before its search. */
export const applyIdentityEvent = (state: CaseState, event: IdentityEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'recognised': {
      const kept = event.rights.map((key) => state.rights.find((right) => right.key === key) ?? openRight(key));
      const restricted = kept.map((right): RightCase => {
        const why = definitions[rightKind(right.key)].restrictsMeanwhile;
        return why === undefined ? right : { ...right, restriction: { why, state: 'ordered' } };
      });
      return orderLetter(
        { ...state, rights: restricted, stage: 'identification' },
        event.letterId,
        'acknowledgement',
        event.rights,
        meta.at,
      );
    }
    case 'found-no-request': {
      if (event.letterId === undefined) {
        const closed = mapRights(state, allKeys(state), (right) => ({
          ...right,
          state: 'closed',
          ending: 'not-a-request',
        }));
        return { ...closed, stage: 'closed' };
      }
      const { letterId } = event;
      const lettered = mapRights(state, allKeys(state), (right) => ({
        ...right,
        state: 'lettered',
        letterId,
        ending: 'not-a-request',
      }));
      return orderLetter({ ...lettered, stage: 'closing-letter' }, letterId, 'not-a-request', allKeys(state), meta.at);
    }
    case 'requester-asked': {
      const { about, asked, closesAt, letterId } = event;
      const pauses = event.pause === undefined ? state.pauses : [...state.pauses, event.pause];
      const question = { about, asked, at: meta.at, closesAt, letterId };
      return orderLetter(
        { ...state, stage: 'identification-asked', question, pauses },
        letterId,
        'identification-request',
        [],
        meta.at,
      );
    }
    case 'requester-answered':
      return { ...resumeClock(state, meta.at), stage: 'identification' };
    case 'requester-silent': {
      const { letterId } = event;
      // Recital 63 lets the controller ask for a narrower request; it takes nothing from whoever does not narrow it: all data are answered.
      if (state.question?.about === 'specification') {
        return { ...resumeClock(state, meta.at), stage: 'identification' };
      }
      const open = state.rights.filter((right) => right.state !== 'closed').map(({ key }) => key);
      const lettered = mapRights(state, open, (right) => ({
        ...right,
        state: 'lettered',
        letterId,
        ending: 'no-identification',
      }));
      return orderLetter(
        { ...resumeClock(lettered, meta.at), stage: 'closing-letter' },
        letterId,
        'closed-unidentified',
        open,
        meta.at,
      );
    }
    case 'identity-confirmed': {
      const { level, capacity, proof } = event;
      const identity = { level, capacity, confirmed: true, ...(proof === undefined ? {} : { proof }) };
      return afterIdentity({ ...state, identity });
    }
  }
};
