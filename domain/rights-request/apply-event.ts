/** The fold: what each event does to a case. Total: whether an event may happen was decided before it was written. */
import { assertNever } from '../assert-never.ts';
import type { Instant } from '../instant.ts';
import type { CaseLetterKind } from '../letter-content.ts';
import { applyRestrictionEvent } from './apply-restriction-event.ts';
import type { CaseState, LetterState, RightCase } from './case-state.ts';
import type { LetterDispatch } from './delivery.ts';
import type { CaseEvent, EventMeta, Intake } from './events.ts';
import { rights as definitions, type RightKey, rightKind } from './rights.ts';
import { settle } from './settle.ts';
import { undecidedStates } from './states.ts';

/** How many applied commands a case remembers. */
const remembered = 20;

const openRight = (key: RightKey): RightCase => ({ key, state: 'open' });

/** The case right after intake. */
export const receivedCase = (intake: Intake): CaseState => ({
  caseId: intake.caseId,
  controller: intake.controller,
  reference: intake.reference,
  revision: 1,
  channel: intake.channel,
  receivedAt: intake.receivedAt,
  language: intake.language,
  stage: 'received',
  identity: { level: intake.identityLevel, capacity: intake.capacity, confirmed: false },
  pauses: [],
  rights: intake.rights.map(openRight),
  letters: [],
  suspension: { id: intake.suspensionId, state: 'active' },
  proceedings: [],
  alarms: [],
  recentCommands: [],
});

/** Changes some rights of a case. */
export const mapRights = (
  state: CaseState,
  keys: readonly RightKey[],
  change: (right: RightCase) => RightCase,
): CaseState => ({ ...state, rights: state.rights.map((right) => (keys.includes(right.key) ? change(right) : right)) });

const mapLetter = (state: CaseState, letterId: string, change: (letter: LetterState) => LetterState): CaseState => ({
  ...state,
  letters: state.letters.map((letter) => (letter.letterId === letterId ? change(letter) : letter)),
});

const dispatchAfter = (
  event: Extract<CaseEvent, { kind: 'letter-released' | 'letter-sent' | 'letter-undelivered' }>,
  at: Instant,
): LetterDispatch => {
  const { releaseId } = event;
  switch (event.kind) {
    case 'letter-released':
      return { releaseId, state: 'released', at };
    case 'letter-sent':
      return { releaseId, state: 'sent', at };
    case 'letter-undelivered':
      return { releaseId, state: 'undelivered', at, why: event.why };
  }
};

const allKeys = (state: CaseState): readonly RightKey[] => state.rights.map(({ key }) => key);

const order = (
  state: CaseState,
  letterId: string,
  kind: CaseLetterKind,
  rights: readonly RightKey[],
  at: Instant,
): CaseState => ({
  ...state,
  letters: [...state.letters, { letterId, kind, rights, state: 'ordered', orderedAt: at }],
});

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

const afterSearch = (state: CaseState): CaseState => ({
  ...state,
  stage:
    (state.manifest?.records ?? 0) > 0 &&
    state.rights.some(({ key, state: at }) => at !== 'closed' && definitions[rightKind(key)].contentLeaves)
      ? 'reviewing'
      : 'deciding',
});

/** A reopened right is weighed anew: what holds by law meanwhile holds again; the extension it had, and its clock, stay. */
const reopenedRight = ({ key, restriction, extension, clock }: RightCase): RightCase => {
  const why = definitions[rightKind(key)].restrictsMeanwhile;
  const again = why !== undefined && (restriction === undefined || restriction.state === 'lifted');
  return {
    key,
    state: 'open',
    ...(again ? { restriction: { why, state: 'ordered' as const } } : restriction === undefined ? {} : { restriction }),
    ...(extension === undefined ? {} : { extension }),
    ...(clock === undefined ? {} : { clock }),
  };
};

const undecide = ({ prepared: _prepared, opinion: _opinion, ...right }: RightCase): RightCase => ({
  ...right,
  state: 'open',
});

const delivered = (state: CaseState, event: Extract<CaseEvent, { kind: 'letter-delivered' }>): CaseState => {
  const letters = state.letters.map((letter) =>
    letter.letterId === event.letterId
      ? { ...letter, state: 'delivered' as const, deliveredAt: event.deliveredAt }
      : letter,
  );
  const rights = state.rights.map((right): RightCase => {
    if (right.extension?.letterId === event.letterId) {
      const told = { at: event.deliveredAt, void: event.extensionVoid === true };
      return { ...right, extension: { ...right.extension, told } };
    }
    return right.state === 'lettered' && right.letterId === event.letterId ? { ...right, state: 'closed' } : right;
  });
  return applyRestrictionEvent({ ...state, letters, rights }, event);
};

const decided = (state: CaseState, event: Extract<CaseEvent, { kind: 'decided' }>, meta: EventMeta): CaseState =>
  mapRights(state, [event.right], (right) => ({
    ...right,
    state: 'executing',
    decided: { by: meta.actor, at: meta.at, decision: event.decision, late: event.late },
  }));

const change = (state: CaseState, event: CaseEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'received':
      return receivedCase(event.intake);
    case 'recognised': {
      const kept = event.rights.map((key) => state.rights.find((right) => right.key === key) ?? openRight(key));
      const restricted = kept.map((right): RightCase => {
        const why = definitions[rightKind(right.key)].restrictsMeanwhile;
        return why === undefined ? right : { ...right, restriction: { why, state: 'ordered' } };
      });
      return order(
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
      return order({ ...lettered, stage: 'closing-letter' }, letterId, 'not-a-request', allKeys(state), meta.at);
    }
    case 'requester-asked': {
      const { about, asked, closesAt, letterId } = event;
      const pauses = event.pause === undefined ? state.pauses : [...state.pauses, event.pause];
      const question = { about, asked, at: meta.at, closesAt, letterId };
      return order(
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
      const open = state.rights.filter((right) => right.state !== 'closed').map(({ key }) => key);
      const lettered = mapRights(state, open, (right) => ({
        ...right,
        state: 'lettered',
        letterId,
        ending: 'no-identification',
      }));
      return order(
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
    case 'extension-ordered': {
      const { months, reason, letterId } = event;
      const extended = mapRights(state, event.rights, (right) => ({
        ...right,
        extension: { months, reason, letterId, orderedAt: meta.at },
      }));
      return order(extended, letterId, 'extension', event.rights, meta.at);
    }
    case 'search-ordered': {
      const { review: _, ...rest } = mapRights(state, allKeys(state), (right) =>
        undecidedStates.includes(right.state) ? undecide(right) : right,
      );
      return { ...rest, stage: 'searching' };
    }
    case 'search-finished':
      return afterSearch({ ...state, manifest: event.manifest });
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
    case 'decision-prepared':
      return mapRights(state, [event.right], ({ opinion: _, ...right }) => ({
        ...right,
        state: 'prepared',
        prepared: { by: meta.actor, at: meta.at, decision: event.decision },
      }));
    case 'opinion-given':
      return mapRights(state, [event.right], (right) => ({
        ...right,
        state: 'advised',
        opinion: { by: meta.actor, at: meta.at, opinion: event.opinion },
      }));
    case 'decision-returned':
      return mapRights(state, [event.right], undecide);
    case 'decided':
      return decided(state, event, meta);
    case 'executed': {
      const done = mapRights(state, [event.right], (right) => ({
        ...right,
        state: 'executed',
        executed: {
          at: meta.at,
          records: event.records,
          certificates: event.certificateCount ?? event.certificates.length,
          ...(event.kept === undefined ? {} : { kept: event.kept.records }),
        },
        ...(definitions[rightKind(right.key)].recipientsTold && event.records > 0
          ? { recipients: 'due' as const }
          : {}),
      }));
      return applyRestrictionEvent(done, event);
    }
    case 'letter-ordered': {
      const { letterId } = event;
      const lettered = mapRights(state, event.rights, (right) => ({
        ...right,
        state: 'lettered',
        letterId,
        ending: 'answer',
      }));
      return order(lettered, letterId, event.letter, event.rights, meta.at);
    }
    case 'letter-composed':
      return mapLetter(state, event.letterId, (letter) => ({
        ...letter,
        state: 'composed',
        ...(event.channel === undefined ? {} : { channel: event.channel }),
      }));
    case 'letter-released':
    case 'letter-sent':
    case 'letter-undelivered':
      return mapLetter(state, event.letterId, (letter) => ({ ...letter, dispatch: dispatchAfter(event, meta.at) }));
    case 'letter-delivered':
      return delivered(state, event);
    case 'rights-withdrawn': {
      const { letterId } = event;
      const lettered = mapRights(state, event.rights, (right) => ({
        ...undecide(right),
        state: 'lettered',
        letterId,
        ending: 'withdrawal',
      }));
      return order(lettered, letterId, 'request-withdrawn', event.rights, meta.at);
    }
    case 'restriction-placed':
    case 'lifting-ordered':
    case 'restriction-lifted':
      return applyRestrictionEvent(state, event);
    case 'lifting-announced':
      return applyRestrictionEvent(
        order(state, event.letterId, 'restriction-to-be-lifted', [event.right], meta.at),
        event,
      );
    case 'recipients-told':
      return mapRights(state, [event.right], (right) => ({ ...right, recipients: 'told' }));
    case 'suspension-released':
      return { ...state, suspension: { ...state.suspension, state: 'released' } };
    case 'suspension-placed-again':
      return { ...state, suspension: { id: event.suspensionId, state: 'active' } };
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
      return { ...rest, stage: 'closed' };
    }
    case 'proceeding-linked': {
      const { proceeding, suspensionId } = event;
      const link = { proceeding, ...(suspensionId === undefined ? {} : { suspensionId }) };
      return { ...state, proceedings: [...state.proceedings, link] };
    }
    case 'note-added':
      return state;
    case 'alarm-raised':
      return { ...state, alarms: [...state.alarms, { alarm: event.alarm, right: event.right, about: event.about }] };
    default:
      return assertNever(event);
  }
};

/** The case after one more event. */
export const applyEvent = (state: CaseState | undefined, event: CaseEvent, meta: EventMeta): CaseState => {
  if (event.kind === 'received') return receivedCase(event.intake);
  if (state === undefined) throw new TypeError('A case begins with its receipt');
  const revision = state.revision + 1;
  const changed = settle({ ...change(state, event, meta), revision });
  const { commandId } = meta;
  if (commandId === undefined) return changed;
  const others = changed.recentCommands.filter((command) => command.commandId !== commandId);
  return { ...changed, recentCommands: [...others, { commandId, revision }].slice(-remembered) };
};
