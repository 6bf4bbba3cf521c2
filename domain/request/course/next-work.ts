/**
 * What the machine has to do for a case, read from its state alone: after a crash, a lost workflow or a restart the same state gives
 * the same work, and each piece is idempotent by its ids (I9).
 */

import type { Instant } from '../../time/instant.ts';
import { type CaseState, openRights } from './case-state.ts';
import type { RightKey } from './rights.ts';

/** One piece of work for the machine, named by the right, letter or release it is for. */
export type Work =
  /** Puts a restriction in force (Art. 18(1)(a), (d)). */
  | { readonly kind: 'restrict'; readonly right: RightKey }
  | { readonly kind: 'compose'; readonly letterId: string }
  | { readonly kind: 'send'; readonly letterId: string; readonly releaseId: string }
  /** Keeps again what is in scope, after a case was reopened. */
  | { readonly kind: 'suspend' }
  | { readonly kind: 'search' }
  | { readonly kind: 'execute'; readonly right: RightKey }
  | { readonly kind: 'tell-recipients'; readonly right: RightKey }
  | { readonly kind: 'lift'; readonly right: RightKey }
  | { readonly kind: 'release-suspension' };

/** The next piece of work, most urgent first, or `undefined` when the machine can only wait. */
export const nextWork = (state: CaseState): Work | undefined => {
  const answered = state.rights.length > 0 ? openRights(state).length === 0 : state.stage === 'closed';
  const inWork = state.stage !== 'closed' && state.stage !== 'reopening' && !answered;
  if (inWork && state.suspension.state === 'released') return { kind: 'suspend' };
  const ordered = state.rights.find(({ restriction }) => restriction?.state === 'ordered');
  if (ordered !== undefined) return { kind: 'restrict', right: ordered.key };
  const letter = state.letters.find((one) => one.state === 'ordered');
  if (letter !== undefined) return { kind: 'compose', letterId: letter.letterId };
  const released = state.letters.find(
    ({ state: at, dispatch, superseded }) => at === 'composed' && dispatch?.state === 'released' && superseded !== true,
  );
  if (released?.dispatch !== undefined)
    return { kind: 'send', letterId: released.letterId, releaseId: released.dispatch.releaseId };
  if (state.stage === 'searching') return { kind: 'search' };
  const executing = state.rights.find((right) => right.state === 'executing');
  if (executing !== undefined) return { kind: 'execute', right: executing.key };
  const told = state.rights.find(({ recipients }) => recipients === 'due');
  if (told !== undefined) return { kind: 'tell-recipients', right: told.key };
  const lifting = state.rights.find(({ restriction }) => restriction?.state === 'lifting');
  if (lifting !== undefined) return { kind: 'lift', right: lifting.key };
  if (answered && state.suspension.state === 'active' && state.stage !== 'reopening')
    return { kind: 'release-suspension' };
  return undefined;
};

/** The rights of which a decided erasure waits until nothing keeps the records; tried whenever something that kept them has ended. */
export const waitingErasures = (state: CaseState): readonly RightKey[] =>
  state.rights.filter(({ heldErasure }) => heldErasure?.state === 'waiting').map(({ key }) => key);

/** Names a piece of work, so that the same one is recognised. */
export const workKey = (work: Work): string =>
  'right' in work ? `${work.kind} ${work.right}` : 'letterId' in work ? `${work.kind} ${work.letterId}` : work.kind;

/** A restriction that ends by itself once its days of notice are over: the one that held only while a right was weighed. */
export const selfEnding = (state: CaseState): { readonly right: RightKey; readonly at: Instant } | undefined => {
  for (const { key, restriction } of state.rights) {
    if (
      restriction?.state === 'notice-given' &&
      restriction.why !== 'decided' &&
      restriction.liftNotBefore !== undefined
    ) {
      return { right: key, at: restriction.liftNotBefore };
    }
  }
  return undefined;
};
