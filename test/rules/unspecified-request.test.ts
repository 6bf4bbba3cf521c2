/** Silence after a question: who does not prove who they are is told that the case is closed; who does not narrow it is answered in full. */
import { expect, it } from 'vitest';
import type { IdentificationAbout } from '../../domain/request/course/identity.ts';
import { caseAt, day, report } from '../support/requests/cases.ts';

const silentAfter = (about: IdentificationAbout) => {
  const state = caseAt('identification-asked');
  if (state.question === undefined) throw new Error('Nothing was asked');
  return report(
    { ...state, question: { ...state.question, about } },
    { kind: 'requester-silent', letterId: 'silence' },
    day(63),
  );
};
const closingLetters = (about: IdentificationAbout) =>
  silentAfter(about).letters.filter(({ kind }) => kind === 'closed-unidentified');

it('a request that was to be specified goes on, its clock running again, with no letter that closes it (recital 63)', () => {
  const state = silentAfter('specification');
  expect(state.stage).toBe('identification');
  expect(state.pauses.every(({ to }) => to !== undefined)).toBe(true);
  expect(closingLetters('specification')).toEqual([]);
});

it.each(['identity', 'authority'] as const)(
  'one whose %s was asked for is closed with a letter (Art. 12(6))',
  (about) => {
    expect(silentAfter(about).stage).toBe('closing-letter');
    expect(closingLetters(about)).toHaveLength(1);
  },
);
