/** Composes the letters of a case: gathers what they say, reserves the protocol number, stores the content sealed. */
import { heartbeat } from '@temporalio/activity';
import { localDateAt } from '../domain/calendar.ts';
import { recordClassId, recordId } from '../domain/ids.ts';
import { type Instant, instantPlus } from '../domain/instant.ts';
import { type AskedFacts, composeLetter } from '../domain/letter-content/compose-letter.ts';
import type { CompositionFacts, DecisionWords } from '../domain/letter-content/composition-facts.ts';
import type { Addressee, ErasedLine, RecipientLine, RectifiedLine, Signatory } from '../domain/letter-content.ts';
import type { Policy } from '../domain/policy.ts';
import type { CaseState } from '../domain/rights-request/case-state.ts';
import { findLetter } from '../domain/rights-request/case-state.ts';
import { defaultCaseRules } from '../domain/rights-request/commands.ts';
import type { CaseEvent, RecordedEvent } from '../domain/rights-request/events.ts';
import { isGroundCode } from '../domain/rights-request/grounds.ts';
import { clockEventsOf } from '../domain/rights-request/history.ts';
import type { AccessRedaction, ManifestErased, ManifestRecord } from '../domain/rights-request/manifest.ts';
import type { RightKey } from '../domain/rights-request/rights.ts';
import { storeLetter } from '../storage/rights-requests/letters.ts';
import type { CasePerson, CommandWords } from '../storage/rights-requests/person.ts';
import {
  findByReferences,
  readCase,
  readHistory,
  readPerson,
  readWords,
} from '../storage/rights-requests/read-cases.ts';
import { failureOf } from './failures.ts';
import { policyFor, type RequestDeps } from './request-case-file.ts';
import type { CaseLetterActivities } from './request-contracts.ts';

export type RequestLetterDeps = RequestDeps & {
  /** What a search froze; empty for an id that is not there. */
  readonly readManifest: (
    manifestId: string,
  ) => Promise<{ readonly records: readonly ManifestRecord[]; readonly erasedBefore: readonly ManifestErased[] }>;
  /** What was rectified under a case's right, with before and after. */
  readonly readRectified: (
    caseId: string,
  ) => Promise<readonly (Omit<RectifiedLine, 'record'> & { readonly recordId: string })[]>;
  /** What the decision erased, as the ledger of destruction proves it. */
  readonly readErased: (caseId: string, timeZone: string) => Promise<readonly ErasedLine[]>;
  /** Who was told under Art. 19, so far. */
  readonly readRecipients: (caseId: string) => Promise<readonly RecipientLine[]>;
};

/** Years for which a case file is kept after closing (law.md section 7). */
export const caseFileKeptYears = 5;

/** Answered where the request came from, by PEC if there is one (CAD 6-quater). */
const addresseeOf = ({ requester, subject }: CasePerson): Addressee => {
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
  // The officer's own words come before those of whoever prepared.
  const [prepared, decided] = [said('decision-prepared'), said('decided')];
  const reasons = { ...prepared.reasons, ...decided.reasons };
  const balance = decided.balance ?? prepared.balance;
  const statement = decided.statement ?? prepared.statement;
  return {
    reasons: Object.fromEntries(Object.entries(reasons).filter(([code]) => isGroundCode(code))),
    ...(balance === undefined ? {} : { balance }),
    ...(statement === undefined ? {} : { statement }),
  };
};

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

const extendedUntil = (deps: RequestDeps, state: CaseState, now: Instant): CompositionFacts['extendedUntil'] =>
  Object.fromEntries(
    state.rights.flatMap((right) => {
      if (right.extension === undefined) return [];
      const events = { ...clockEventsOf(state), extension: { months: right.extension.months, toldAt: now } };
      const { lastDay } = deps.clock.compute(state.controller, events);
      return lastDay === undefined ? [] : [[right.key, lastDay]];
    }),
  );

/** Often enough for the heartbeat timeout of `caseLetter`. */
const heartbeatMs = 5_000;

/** Makes the activity. */
export const createCaseLetterActivities = (deps: RequestLetterDeps): CaseLetterActivities => ({
  composeLetter: async (input) => {
    const beating = setInterval(() => heartbeat(), heartbeatMs);
    try {
      await compose(deps, input);
    } finally {
      clearInterval(beating);
    }
  },
});

const compose = async (
  deps: RequestLetterDeps,
  { caseId, letterId, now }: Parameters<CaseLetterActivities['composeLetter']>[0],
): Promise<void> => {
  const { database: db, sealing } = deps;
  const [found, person] = await Promise.all([readCase(db, caseId), readPerson(db, sealing, caseId)]);
  if (found === undefined || person === undefined) throw failureOf('case-unknown');
  const { state } = found;
  const policy = policyFor(deps, state.controller);
  const [history, words] = await Promise.all([readHistory(db, caseId), readWords(db, sealing, caseId)]);
  const manifest =
    state.manifest === undefined
      ? { records: [], erasedBefore: [] }
      : await deps.readManifest(state.manifest.manifestId);
  const earlier = state.rights.flatMap(({ decided }) => decided?.decision.earlierCases ?? []);
  const own = wordsOf(words, letterId);
  const today = localDateAt(now, policy.timeZone);
  const facts: Omit<CompositionFacts, 'protocol'> = {
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
    erased: await deps.readErased(caseId, policy.timeZone),
    rectified: await deps.readRectified(caseId),
    recipients: await deps.readRecipients(caseId),
    earlierCases: await findByReferences(db, state.controller, earlier, policy.timeZone),
    caseFileKeptYears,
    extendedUntil: extendedUntil(deps, state, now),
    liftingNotBefore: localDateAt(instantPlus(now, defaultCaseRules.liftingNoticeDays * 86_400_000), policy.timeZone),
  };
  await storeLetter(
    { db, sealing },
    {
      caseId,
      controller: state.controller,
      letterId,
      today,
      now,
      compose: (protocol) => composeLetter({ ...facts, protocol }, letterId, questionOf(history, state, letterId)),
    },
  );
};
