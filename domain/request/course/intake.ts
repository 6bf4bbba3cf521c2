/**
 * From the receipt of a request to the confirmed identity of the requester (Art. 12(3), 12(6); Code art. 2-terdecies): which commands
 * are accepted, and what their events do to the case. Replayed in workflows.
 */
import { given } from '../../given.ts';
import { days, minutes } from '../../time/duration.ts';
import { type Instant, instant, instantPlus } from '../../time/instant.ts';
import {
  allKeys,
  type CaseState,
  findLetter,
  mapRights,
  openRight,
  orderLetter,
  type RightCase,
} from './case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta } from './commands.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { proofsFor, questionFault, sufficientLevels } from './identity.ts';
import { accepted, refused, type Verdict } from './refusals.ts';
import { rights as definitions, rightKind } from './rights.ts';

// When a request can have been received. The receipt starts the statutory clock (Art. 12(3)), so a mistyped one is
// refused, or put right later with a reason.

/** The day the Regulation began to apply (Art. 99(2)): whatever claims to have come before is mistyped. */
const regulationApplies: Instant = instant('2018-05-25T00:00:00+02:00');

/** How far the clock of another system (a mail server, a portal) may run ahead of ours before its time is taken for a mistake. */
const toleranceMs = minutes(5);

/** A receipt that can be, or why it cannot. */
export type Receipt =
  | { readonly kind: 'taken'; readonly receivedAt: Instant }
  | { readonly kind: 'impossible'; readonly why: 'too-early' | 'in-the-future' };

/** When a message counts as received: as stated, or now where the clock that stamped it runs a little ahead of ours. */
export const receiptOf = (stated: Instant, now: Instant): Receipt => {
  if (stated < regulationApplies) return { kind: 'impossible', why: 'too-early' };
  if (stated <= now) return { kind: 'taken', receivedAt: stated };
  return stated <= instantPlus(now, toleranceMs)
    ? { kind: 'taken', receivedAt: now }
    : { kind: 'impossible', why: 'in-the-future' };
};

// Putting the time of receipt right. The law's month runs from the true receipt (Art. 12(3)), whatever was typed at
// intake, so a mistake is not kept because it was written down. A new acknowledgement
// informs the person of the right time.

/**
 * The rights whose next letter is written and not delivered. It names the day of receipt, or a last day that follows from it, and
 * cannot be corrected before the person has it: there is one extension letter, and the person will rely on an answer.
 */
const namedInLetters = (state: CaseState): readonly string[] =>
  state.rights
    .filter(({ state: at, extension }) => {
      const telling = extension === undefined ? undefined : findLetter(state, extension.letterId);
      return at === 'lettered' || (telling !== undefined && telling.state !== 'delivered');
    })
    .map(({ key }) => key);

/** Nothing of a case happened before its message was received. */
const latestReceipt = ({ registeredAt, letters }: CaseState, meta: CommandMeta) =>
  registeredAt ?? letters[0]?.orderedAt ?? meta.at;

/** Decides a correction of the time of receipt. */
export const decideReceipt = (
  state: CaseState,
  { receivedAt }: Extract<CaseCommand, { kind: 'correct-receipt' }>,
  meta: CommandMeta,
): Verdict => {
  if (receivedAt === state.receivedAt) return refused('receipt-unchanged');
  if (receivedAt > meta.at) return refused('receipt-impossible', 'in the future');
  if (receivedAt < regulationApplies) return refused('receipt-impossible', 'before 25 May 2018');
  const latest = latestReceipt(state, meta);
  if (receivedAt > latest) return refused('receipt-impossible', `after ${latest}, when the message was on file`);
  // What is being carried out takes effect from the receipt it has read.
  const executing = state.rights.find(({ state: at }) => at === 'executing');
  if (executing !== undefined) return refused('not-executed', executing.key);
  const named = namedInLetters(state);
  if (named.length > 0) return refused('letter-names-receipt', named.join(', '));
  const told = state.letters.some(({ kind }) => kind === 'acknowledgement');
  return accepted({
    kind: 'receipt-corrected',
    receivedAt,
    formerly: state.receivedAt,
    ...(told ? { letterId: meta.commandId } : {}),
  });
};

/**
 * The case with its true receipt. Acknowledgements that were delivered stay as the evidence they are; one that has not left gives way to
 * the new one.
 */
export const applyReceiptEvent = (
  state: CaseState,
  { receivedAt, formerly, letterId }: Extract<CaseEvent, { kind: 'receipt-corrected' }>,
  meta: EventMeta,
): CaseState => {
  const correction = { at: meta.at, formerly, ...given({ letterId }) };
  const corrected: CaseState = {
    ...state,
    receivedAt,
    receiptCorrections: [...(state.receiptCorrections ?? []), correction],
    letters: state.letters.map((letter) =>
      letter.kind === 'acknowledgement' && letter.state !== 'delivered' ? { ...letter, superseded: true } : letter,
    ),
  };
  return letterId === undefined
    ? corrected
    : orderLetter(corrected, letterId, 'acknowledgement', allKeys(state), meta.at);
};

/** Decides a command about identity or authority. */
export const decideIdentity = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'ask-requester' | 'record-answer' | 'confirm-identity' }>,
  meta: CommandMeta,
  rules: CaseRules,
): Verdict => {
  switch (command.kind) {
    case 'ask-requester': {
      const { about, asked } = command;
      const fault = questionFault(state.identity.level, state.identity.capacity, about, asked);
      if (fault !== undefined) return refused(fault);
      // Asked after the last day a question has no effect on the clock (law.md section 1).
      const end = state.clock?.dueAt;
      const stops = end === undefined || meta.at < end;
      return accepted({
        kind: 'requester-asked',
        about,
        asked: [...new Set(asked)],
        closesAt: instantPlus(meta.at, days(rules.unansweredDays)),
        letterId: meta.commandId,
        ...(stops ? { pause: { from: meta.at } } : {}),
      });
    }
    case 'record-answer':
      return accepted({ kind: 'requester-answered' });
    case 'confirm-identity': {
      const { level, capacity, proof } = command;
      if (!sufficientLevels.includes(level)) return refused('identity-insufficient');
      const proofs = proofsFor[capacity];
      if (proofs.length > 0 && (proof === undefined || !proofs.includes(proof))) {
        return refused('authority-missing', proofs.join(', '));
      }
      return accepted({
        kind: 'identity-confirmed',
        level,
        capacity,
        ...(proof === undefined || proofs.length === 0 ? {} : { proof }),
      });
    }
  }
};

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
      // Recital 63 lets the controller ask for a narrower request; a requester who does not narrow it loses nothing: all data are answered.
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
      const identity = { level, capacity, confirmed: true, ...given({ proof }) };
      return afterIdentity({ ...state, identity });
    }
  }
};
