/**
 * What a letter takes from its case: the words of its commands, the question, the addressee and the signatory. The officer's words come
 * before those of the person who prepared the decision. Pure: a letter on its way to being written and the preview of one that is not
 * decided yet read the case in the same way.
 */
import { given } from '../given.ts';
import { recordClassId, recordId } from '../ids.ts';
import type { Policy } from '../policy/policy.ts';
import type { ControllerClock } from '../request/clock/controller-clock.ts';
import { clockEventsOf } from '../request/course/apply-event.ts';
import { type CaseState, findLetter } from '../request/course/case-state.ts';
import type { CaseEvent, RecordedEvent } from '../request/course/events.ts';
import { isGroundCode } from '../request/course/grounds.ts';
import type { RightKey } from '../request/course/rights.ts';
import type { CasePerson, CommandWords } from '../request/decision/case-words.ts';
import { exceptionsInForce } from '../request/decision/decided-records.ts';
import type { AccessRedaction } from '../request/decision/manifest.ts';
import type { Instant } from '../time/instant.ts';
import type { AskedFacts } from './compose-letter.ts';
import type { CompositionFacts, DecisionWords } from './composition-facts.ts';
import type { Addressee, Signatory } from './letter-content.ts';

/** Answered where the request came from, by PEC if there is one (CAD 6-quater). */
export const addresseeOf = ({ requester, subject }: CasePerson): Addressee => {
  const { name, pec, email, postalLines = [] } = requester;
  const [first, ...rest] = postalLines;
  const delivery: Addressee['delivery'] =
    pec !== undefined
      ? { kind: 'pec', address: pec }
      : email !== undefined
        ? { kind: 'email', address: email }
        : first !== undefined
          ? { kind: 'post', lines: [first, ...rest] }
          : { kind: 'counter' };
  return { name, ...(subject === undefined ? {} : { representing: subject.name }), delivery };
};

type Words = ReadonlyMap<string, CommandWords>;

const wordsOf = (words: Words, commandId: string | undefined): CommandWords =>
  (commandId === undefined ? undefined : words.get(commandId)) ?? {};

const lastOf = (history: readonly RecordedEvent[], fits: (event: CaseEvent) => boolean): RecordedEvent | undefined =>
  history.findLast(({ event }) => fits(event));

const decisionWords = (history: readonly RecordedEvent[], words: Words, key: RightKey): DecisionWords => {
  const said = (kind: 'decision-prepared' | 'decided') =>
    wordsOf(words, lastOf(history, (event) => event.kind === kind && event.right === key)?.commandId);
  // The officer's own words come before those of the person who prepared the decision.
  const [prepared, decided] = [said('decision-prepared'), said('decided')];
  const reasons = { ...prepared.reasons, ...decided.reasons };
  const balance = decided.balance ?? prepared.balance;
  const statement = decided.statement ?? prepared.statement;
  return {
    reasons: Object.fromEntries(Object.entries(reasons).filter(([code]) => isGroundCode(code))),
    ...given({ balance, statement }),
    exceptions: exceptionsInForce(statedExceptions(decided), statedExceptions(prepared)),
  };
};

const statedExceptions = ({ exceptions }: CommandWords) =>
  exceptions?.map((exception) => ({ ...exception, grounds: exception.grounds.filter(isGroundCode) }));

/** What keeps records back of which decisions were carried out, as the latest attempt found it. */
const keptBy = (history: readonly RecordedEvent[]): CompositionFacts['keptBy'] =>
  Object.fromEntries(
    history.flatMap(({ event }) =>
      event.kind === 'executed' || event.kind === 'held-erased' ? [[event.right, event.kept?.by ?? []]] : [],
    ),
  );

const signatoryOf = (history: readonly RecordedEvent[], words: Words, policy: Policy, letterId: string): Signatory => {
  const own = words.get(letterId)?.signatory;
  if (own !== undefined) return own;
  const latest = history.findLast(
    ({ commandId }) => commandId !== undefined && words.get(commandId)?.signatory !== undefined,
  );
  return (
    wordsOf(words, latest?.commandId).signatory ?? {
      name: policy.name,
      office: policy.department?.name ?? policy.office.name,
    }
  );
};

/** What the letter's question asked, where it is about one. */
const questionOf = (history: readonly RecordedEvent[], state: CaseState, letterId: string): AskedFacts | undefined => {
  const own = history.find(({ event }) => event.kind === 'requester-asked' && event.letterId === letterId);
  const asked = own ?? lastOf(history, ({ kind }) => kind === 'requester-asked');
  if (asked?.event.kind !== 'requester-asked') return undefined;
  const { about, asked: items, closesAt } = asked.event;
  const kind = findLetter(state, letterId)?.kind;
  return kind === 'identification-request' || kind === 'closed-unidentified'
    ? { about, asked: items, askedAt: asked.at, answerBy: closesAt }
    : undefined;
};

const redactionsOf = (history: readonly RecordedEvent[], words: Words): readonly AccessRedaction[] => {
  const review = lastOf(history, ({ kind }) => kind === 'review-submitted');
  return (wordsOf(words, review?.commandId).redactions ?? []).map((redaction) => ({
    ...redaction,
    recordId: recordId(redaction.recordId),
    recordClass: recordClassId(redaction.recordClass),
  }));
};

const extendedUntil = (
  clock: Pick<ControllerClock, 'compute'>,
  state: CaseState,
  now: Instant,
): CompositionFacts['extendedUntil'] =>
  Object.fromEntries(
    state.rights.flatMap((right) => {
      if (right.extension === undefined) return [];
      const events = { ...clockEventsOf(state), extension: { months: right.extension.months, toldAt: now } };
      const { lastDay } = clock.compute(state.controller, events);
      return lastDay === undefined ? [] : [[right.key, lastDay]];
    }),
  );

/** A case as its letter reads it. */
export type LetterOfCase = {
  /** The case as it stands, or as it would stand after what is being prepared. */
  readonly state: CaseState;
  readonly policy: Policy;
  readonly person: CasePerson;
  readonly history: readonly RecordedEvent[];
  /** The words of commands by command id; a letter is ordered by the command whose id it has. */
  readonly words: ReadonlyMap<string, CommandWords>;
  readonly letterId: string;
  readonly now: Instant;
};

/** What of a letter stands in its case; the rest was found by the search or done by the decision. */
export type CaseFacts = Pick<
  CompositionFacts,
  | 'state'
  | 'policy'
  | 'now'
  | 'addressee'
  | 'signatory'
  | 'addedParagraphs'
  | 'words'
  | 'passedOnTo'
  | 'decisions'
  | 'redactions'
  | 'keptBy'
  | 'extendedUntil'
>;

/** The facts of a letter that stand in its case, and what its question asked, where it is about one. */
export const factsOfCase = (
  { state, policy, person, history, words, letterId, now }: LetterOfCase,
  clock: Pick<ControllerClock, 'compute'>,
): { readonly facts: CaseFacts; readonly question: AskedFacts | undefined } => {
  const own = wordsOf(words, letterId);
  return {
    facts: {
      state,
      policy,
      now,
      addressee: addresseeOf(person),
      signatory: signatoryOf(history, words, policy, letterId),
      addedParagraphs: own.addedParagraphs ?? [],
      words: own.text,
      passedOnTo: own.reference,
      decisions: Object.fromEntries(state.rights.map(({ key }) => [key, decisionWords(history, words, key)])),
      redactions: redactionsOf(history, words),
      keptBy: keptBy(history),
      extendedUntil: extendedUntil(clock, state, now),
    },
    question: questionOf(history, state, letterId),
  };
};
