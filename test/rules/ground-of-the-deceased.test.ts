/** The standing over a dead person's data, and that person's ban (Code art. 2-terdecies), refuse nobody else. */
import { expect, it } from 'vitest';
import { decideAnswer } from '../../domain/request/course/deciding.ts';
import { type RequesterCapacity, requesterCapacities } from '../../domain/request/course/identity.ts';
import { caseAt, meta } from '../support/requests/cases.ts';

const grounds = ['2-terdecies.no-standing', '2-terdecies.forbidden-by-the-person'] as const;
const capacities = requesterCapacities.flatMap((capacity) => grounds.map((ground) => [capacity, ground] as const));

const refusedBy = (capacity: RequesterCapacity, ground: (typeof grounds)[number]) => {
  const state = caseAt('deciding/open');
  return decideAnswer(
    { ...state, identity: { ...state.identity, capacity } },
    {
      kind: 'prepare-decision',
      right: 'access',
      decision: { outcome: 'refused', grounds: [ground], lines: [], reasonsFor: [ground], earlierCases: [] },
    },
    meta('dpo'),
  );
};

it.each(capacities)('of %s, %s refuses only where the data are of a dead person', (capacity, ground) => {
  expect(refusedBy(capacity, ground)).toMatchObject(
    capacity.startsWith('deceased')
      ? { kind: 'accepted' }
      : { kind: 'refused', refusal: { code: 'ground-of-the-deceased' } },
  );
});
