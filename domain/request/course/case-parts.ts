/** Small changes of a case that several kinds of events make. */

import type { CaseLetterKind } from '../../letter/letter-content.ts';
import type { Instant } from '../../time/instant.ts';
import type { CaseState, LetterState, RightCase } from './case-state.ts';
import type { RightKey } from './rights.ts';

/** A right about which nothing has been done yet. */
export const openRight = (key: RightKey): RightCase => ({ key, state: 'open' });

/** The keys of all rights of a case. */
export const allKeys = (state: CaseState): readonly RightKey[] => state.rights.map(({ key }) => key);

/** Changes some rights of a case. */
export const mapRights = (
  state: CaseState,
  keys: readonly RightKey[],
  change: (right: RightCase) => RightCase,
): CaseState => ({ ...state, rights: state.rights.map((right) => (keys.includes(right.key) ? change(right) : right)) });

/** Changes one letter of a case. */
export const mapLetter = (
  state: CaseState,
  letterId: string,
  change: (letter: LetterState) => LetterState,
): CaseState => ({
  ...state,
  letters: state.letters.map((letter) => (letter.letterId === letterId ? change(letter) : letter)),
});

/** Has a letter written. */
export const orderLetter = (
  state: CaseState,
  letterId: string,
  kind: CaseLetterKind,
  rights: readonly RightKey[],
  at: Instant,
): CaseState => ({
  ...state,
  letters: [...state.letters, { letterId, kind, rights, state: 'ordered', orderedAt: at }],
});

/** A right that somebody has to prepare again. */
export const undecide = ({ prepared: _prepared, opinion: _opinion, ...right }: RightCase): RightCase => ({
  ...right,
  state: 'open',
});
