/**
 * Gathers what a letter says: the case, its decisions and their words, what was found and what was done. Used when a letter is written,
 * and when staff look at one beforehand with words that are not on file yet.
 */
import { recordClassId, recordId } from '../../domain/ids.ts';
import type { AskedFacts } from '../../domain/letter/compose-letter.ts';
import type { CompositionFacts, DecisionWords } from '../../domain/letter/composition-facts.ts';
import type {
  Addressee,
  ErasedLine,
  RecipientLine,
  RectifiedLine,
  Signatory,
} from '../../domain/letter/letter-content.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { ControllerClock } from '../../domain/request/clock/controller-clock.ts';
import { clockEventsOf } from '../../domain/request/course/apply-event.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import { findLetter } from '../../domain/request/course/case-state.ts';
import type { CaseEvent, RecordedEvent } from '../../domain/request/course/events.ts';
import { isGroundCode } from '../../domain/request/course/grounds.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import { exceptionsInForce } from '../../domain/request/decision/decided-records.ts';
import type { AccessRedaction, ManifestErased, ManifestRecord } from '../../domain/request/decision/manifest.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { CasePerson, CommandWords } from '../requests/person.ts';
import { findByReferences } from '../requests/read-cases.ts';

/** Where letters take from what lies outside of the case's own tables. */
export type LetterSources = {
  /** What a search froze; empty for an id that is not there. */
  readonly readManifest: (
    manifestId: string,
  ) => Promise<{ readonly records: readonly ManifestRecord[]; readonly erasedBefore: readonly ManifestErased[] }>;
  /** What was rectified under a case's right, with before and after. */
  readonly readRectified: (
    caseId: string,
  ) => Promise<readonly (Omit<RectifiedLine, 'record'> & { readonly recordId: string; readonly attached?: boolean })[]>;
  /** What the decision erased, as the ledger of destruction proves it. */
  readonly readErased: (caseId: string, timeZone: string) => Promise<readonly ErasedLine[]>;
  /** Which recipients were notified under Art. 19, so far. */
  readonly readRecipients: (caseId: string) => Promise<readonly RecipientLine[]>;
};

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
    ...(balance === undefined ? {} : { balance }),
    ...(statement === undefined ? {} : { statement }),
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

const extendedUntil = (clock: ControllerClock, state: CaseState, now: Instant): CompositionFacts['extendedUntil'] =>
  Object.fromEntries(
    state.rights.flatMap((right) => {
      if (right.extension === undefined) return [];
      const events = { ...clockEventsOf(state), extension: { months: right.extension.months, toldAt: now } };
      const { lastDay } = clock.compute(state.controller, events);
      return lastDay === undefined ? [] : [[right.key, lastDay]];
    }),
  );

/** What the caller has read already, so that a preview gathers from the same parts as the letter. */
export type GatherInput = {
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

/** Everything a letter is composed from but its protocol number. */
export const gatherLetterFacts = async (
  { db, clock, sources }: { readonly db: Database; readonly clock: ControllerClock; readonly sources: LetterSources },
  { state, policy, person, history, words, letterId, now }: GatherInput,
): Promise<{ readonly facts: Omit<CompositionFacts, 'protocol'>; readonly question: AskedFacts | undefined }> => {
  const { caseId } = state;
  const manifest =
    state.manifest === undefined
      ? { records: [], erasedBefore: [] }
      : await sources.readManifest(state.manifest.manifestId);
  const earlier = state.rights.flatMap(({ decided }) => decided?.decision.earlierCases ?? []);
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
      records: manifest.records,
      erasedBefore: manifest.erasedBefore,
      redactions: redactionsOf(history, words),
      erased: await sources.readErased(caseId, policy.timeZone),
      keptBy: keptBy(history),
      rectified: await sources.readRectified(caseId),
      recipients: await sources.readRecipients(caseId),
      earlierCases: await findByReferences(db, state.controller, earlier, policy.timeZone),
      extendedUntil: extendedUntil(clock, state, now),
    },
    question: questionOf(history, state, letterId),
  };
};
