/** For whom a case waits: one word for lists, search attributes and the people who look at them. */
import { type CaseState, heldErasures, liveRestrictions } from './case-state.ts';
import type { RightState, WaitingFor } from './states.ts';

const byRight: Readonly<Record<RightState, WaitingFor>> = {
  open: 'dpo',
  prepared: 'dpo',
  advised: 'officer',
  executing: 'machine',
  executed: 'dpo',
  lettered: 'delivery',
  closed: 'nobody',
};

/** People who can go on come before the machine and the post. */
const order: readonly WaitingFor[] = [
  'dpo',
  'second-person',
  'officer',
  'machine',
  'delivery',
  'requester',
  'review-date',
  'nobody',
];

/** For whom the case waits now. */
export const waitingForOf = (state: CaseState): WaitingFor => {
  switch (state.stage) {
    case 'received':
    case 'identification':
    case 'reviewing':
      return 'dpo';
    case 'identification-asked':
      return 'requester';
    case 'searching':
      return 'machine';
    case 'review-confirmation':
    case 'reopening':
      return 'second-person';
    case 'deciding':
      return (
        state.rights
          .map((right) => byRight[right.state])
          .toSorted((one, other) => order.indexOf(one) - order.indexOf(other))[0] ?? 'nobody'
      );
    case 'closing-letter':
      return 'delivery';
    case 'standing':
      return liveRestrictions(state).some(({ restriction }) => restriction?.state === 'notice-ordered') ||
        heldErasures(state).some(({ heldErasure }) => heldErasure?.state === 'telling')
        ? 'delivery'
        : 'review-date';
    case 'closed':
      return 'nobody';
  }
};
