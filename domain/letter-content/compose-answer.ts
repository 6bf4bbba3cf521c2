/** Composes the answer on one right from its decision and what was done (law.md section 5, row by row). Not for workflows. */
import { assertNever } from '../assert-never.ts';
import { instantPlus } from '../instant.ts';
import type { AccessStatement, NonEmpty, RightAnswer, StatedGround } from '../letter-content.ts';
import type { RightCase } from '../rights-request/case-state.ts';
import { defaultCaseRules } from '../rights-request/commands.ts';
import { type Decision, refusesAsAWhole } from '../rights-request/decision.ts';
import { optOutOf, rightKind } from '../rights-request/rights.ts';
import { composeErasure } from './compose-erasure.ts';
import {
  atLeastOne,
  backupLines,
  classPolicy,
  dateAt,
  describeClass,
  foundClasses,
  recordLine,
  recordLines,
  retentionInWords,
  rightReference,
  said,
  statedGrounds,
} from './compose-parts.ts';
import { type CompositionFacts, type DecisionWords, LetterIncompleteError } from './composition-facts.ts';

const dayMs = 86_400_000;

type AnswerInput = {
  readonly facts: CompositionFacts;
  readonly right: RightCase;
  readonly decision: Decision;
  readonly words: DecisionWords;
};

const erasedBefore = (facts: CompositionFacts) =>
  facts.erasedBefore.map(({ recordId, recordClass, certificate, erasedAt }) => ({
    recordId,
    recordClass,
    certificate,
    erasedOn: dateAt(facts, erasedAt),
  }));

const notTied = ({ policy }: CompositionFacts) => policy.notRecords.map(({ id, reason }) => ({ id, reason }));

const accessStatement = (facts: CompositionFacts): AccessStatement => {
  const { policy } = facts;
  const withheld = new Set(
    facts.redactions.filter(({ what }) => what === 'whole-record').map(({ recordId }) => recordId),
  );
  const shown = facts.records.filter(({ recordId }) => !withheld.has(recordId));
  // An earlier copy is told of as a record, and is not packed into the next one.
  const copied = shown.filter(({ recordClass }) => recordClass !== policy.rightsRequests.packageClass);
  return {
    facts: atLeastOne(
      foundClasses(facts).map((recordClass) => {
        const rule = classPolicy(facts, recordClass);
        return {
          ...describeClass(facts, recordClass),
          purposes: atLeastOne(rule.purposes, 'the purposes of a class'),
          legalBasis: rule.legalBasis,
          dataCategories: atLeastOne(rule.dataCategories, 'the categories of data'),
          recipients: policy.recipients
            .filter(({ id }) => rule.recipients.includes(id))
            .map(({ name, role, purpose }) => ({ name, role, purpose })),
          retention: {
            period: retentionInWords(rule.rule),
            keptLongerFor: (rule.keptLongerFor ?? []).map(({ text }) => text),
          },
          source: rule.source,
        };
      }),
      'what is held, by class',
    ),
    records: shown.map((record) => recordLine(facts, record)),
    otherRights: ['16', '17', '18', '21'],
    automatedDecisions: 'none',
    transfers: policy.transfers,
    copy: {
      records: shown.length,
      files: copied.reduce((sum, { objects }) => sum + objects.length, 0),
      recordings: copied.reduce(
        (sum, { objects }) => sum + objects.filter(({ mediaType }) => mediaType.startsWith('audio/')).length,
        0,
      ),
    },
    notTied: notTied(facts),
    erasedBefore: erasedBefore(facts),
  };
};

/** The restriction that held while the right was weighed ends this many days after the letter, counted from its date at the earliest. */
const restrictionEnds = ({ facts, right }: AnswerInput) =>
  right.restriction === undefined || right.restriction.state === 'lifted' || right.restriction.why === 'decided'
    ? {}
    : { restrictionEndsAfter: dateAt(facts, instantPlus(facts.now, defaultCaseRules.liftingNoticeDays * dayMs)) };

/** The records that a decision's lines treat in one way; all, for rights that are not decided class by class. */
const grantedLines = ({ facts, decision }: AnswerInput) =>
  recordLines(
    facts,
    decision.lines.length === 0
      ? undefined
      : decision.lines.filter(({ result }) => result === 'granted').map(({ recordClass }) => recordClass),
  );

const stated = ({ decision, words }: AnswerInput): NonEmpty<StatedGround> => {
  const codes = decision.grounds.length > 0 ? decision.grounds : decision.lines.flatMap(({ grounds }) => grounds);
  return atLeastOne(statedGrounds([...new Set(codes)], words), 'the grounds of the decision');
};

const noData = (
  { facts, right }: AnswerInput,
  base: { right: ReturnType<typeof rightReference>; decidedOn: ReturnType<typeof dateAt> },
): RightAnswer => ({
  answer: 'no-data',
  ...base,
  right: rightReference(facts, right.key),
  searched: atLeastOne(
    facts.policy.recordClasses.map(({ id }) => describeClass(facts, id)),
    'the classes that were searched',
  ),
  erasedBefore: erasedBefore(facts),
  notTied: notTied(facts),
});

const refusedAsAWhole = (
  input: AnswerInput,
  base: { right: ReturnType<typeof rightReference>; decidedOn: ReturnType<typeof dateAt> },
): RightAnswer => {
  const { facts, right, decision } = input;
  const kind = rightKind(right.key);
  if (kind === 'consent-withdrawal' || kind === 'opt-out')
    throw new LetterIncompleteError('An unconditional right cannot be refused');
  return {
    answer: 'refused',
    ...base,
    kind,
    grounds: stated(input),
    earlierCases: decision.grounds.includes('12.5.excessive')
      ? atLeastOne(facts.earlierCases, 'the earlier requests')
      : facts.earlierCases,
    throughTheGarante: decision.grounds.some((ground) => ground.startsWith('2-undecies')),
    ...restrictionEnds(input),
  };
};

const reviewOn = ({ facts, right }: AnswerInput) =>
  dateAt(facts, right.restriction?.reviewAt ?? instantPlus(facts.now, defaultCaseRules.restrictionReviewDays * dayMs));

/** The records beside which a statement stands; where none is noted, those that no exception leaves out. */
const statementRecords = ({ facts, words }: AnswerInput) => {
  const attached = new Set(facts.rectified.filter((line) => line.attached).map(({ recordId }) => recordId));
  const denied = new Set(
    (words.exceptions ?? []).filter(({ result }) => result !== 'granted').map(({ recordId }) => recordId),
  );
  return facts.records
    .filter(({ recordId }) => (attached.size > 0 ? attached.has(recordId) : !denied.has(recordId)))
    .map((record) => recordLine(facts, record));
};

/** The answer on one right. Throws a `LetterIncompleteError` where the case lacks what the law asks for. */
export const composeAnswer = (facts: CompositionFacts, right: RightCase): RightAnswer => {
  const { decided } = right;
  if (decided === undefined) throw new LetterIncompleteError('The letter lacks: a decision');
  const { decision } = decided;
  const words = facts.decisions[right.key] ?? { reasons: {} };
  const input: AnswerInput = { facts, right, decision, words };
  const base = { right: rightReference(facts, right.key), decidedOn: dateAt(facts, decided.at) };
  const { recipients, erased } = facts;
  if (decision.outcome === 'no-data') return noData(input, base);
  const kind = rightKind(right.key);
  if (refusesAsAWhole(decision)) return refusedAsAWhole(input, base);
  const { outcome } = decision;
  switch (outcome) {
    case 'granted':
      return kind === 'access'
        ? { answer: 'access-granted', ...base, ...accessStatement(facts) }
        : {
            answer: 'portability-granted',
            ...base,
            grounds: stated(input),
            records: atLeastOne(grantedLines(input), 'the records handed over'),
            formats: ['json', 'csv'],
          };
    case 'partly-granted':
      return {
        answer: 'access-partly-granted',
        ...base,
        ...accessStatement(facts),
        grounds: stated(input),
        withheld: atLeastOne(facts.redactions, 'what is withheld'),
      };
    case 'corrected':
      return {
        answer: 'rectification-corrected',
        ...base,
        grounds: stated(input),
        recipients,
        changes: atLeastOne(
          // What could only be attached beside a record was not corrected, and is not told as if it were.
          facts.rectified.flatMap(({ recordId, what, before, after, on, attached = false }) => {
            const record = facts.records.find((one) => one.recordId === recordId);
            return record === undefined || attached
              ? []
              : [{ record: recordLine(facts, record), what, before, after, on }];
          }),
          'what was changed',
        ),
      };
    case 'statement-attached':
      return {
        answer: 'rectification-statement-attached',
        ...base,
        grounds: stated(input),
        records: atLeastOne(statementRecords(input), 'the records with the statement'),
        statement: said(words.statement, 'the statement'),
        attachedOn: dateAt(facts, right.executed?.at ?? decided.at),
        recipients,
      };
    case 'erased':
    case 'partly-erased':
    case 'deferred':
      return composeErasure(input, base, { stated: () => stated(input), reviewOn: reviewOn(input) });
    case 'restricted':
      return {
        answer: 'restriction-granted',
        ...base,
        grounds: stated(input),
        // Being restricted itself keeps them: the date is no promise any more (Art. 18(2): erasing is processing).
        records: atLeastOne(
          grantedLines(input).map((line) => ({ ...line, keptLonger: true })),
          'the records that are restricted',
        ),
        stillAllowed: ['storage', 'consent', 'legal-claims', 'rights-of-others', 'important-public-interest'],
        restrictedFrom: dateAt(facts, right.executed?.at ?? decided.at),
        reviewOn: reviewOn(input),
        noticeDays: defaultCaseRules.liftingNoticeDays,
        recipients,
      };
    case 'upheld':
      return {
        answer: 'objection-upheld',
        ...base,
        grounds: stated(input),
        balance: said(words.balance, 'the balance'),
        stoppedOn: dateAt(facts, right.executed?.at ?? decided.at),
        stoppedFor: atLeastOne(
          decision.lines
            .filter(({ result }) => result === 'granted')
            .map(({ recordClass }) => describeClass(facts, recordClass)),
          'what is stopped',
        ),
        erased,
        backups: backupLines(facts),
        recipients,
      };
    case 'recorded': {
      const effectiveOn = dateAt(facts, facts.state.receivedAt);
      const optOut = facts.policy.optOuts.find(({ id }) => id === optOutOf(right.key));
      if (kind === 'opt-out') {
        if (optOut === undefined) throw new LetterIncompleteError('The policy has no such opt-out');
        return { answer: 'opt-out-recorded', ...base, optOut: { id: optOut.id, title: optOut.title }, effectiveOn };
      }
      return {
        answer: 'consent-withdrawal-recorded',
        ...base,
        effectiveOn,
        stoppedFor: facts.policy.recordClasses
          .filter(({ legalBasis, legalBasisByField }) =>
            [legalBasis, ...Object.values(legalBasisByField?.bases ?? {})].some(({ article }) => article === '6.1.a'),
          )
          .map(({ id }) => describeClass(facts, id)),
      };
    }
    case 'refused':
      return refusedByClass(input, base);
    default:
      return assertNever(outcome);
  }
};

const refusedByClass = (
  input: AnswerInput,
  base: { right: ReturnType<typeof rightReference>; decidedOn: ReturnType<typeof dateAt> },
): RightAnswer => {
  const { facts, right, decision, words } = input;
  switch (rightKind(right.key)) {
    case 'erasure':
      return composeErasure(input, base, { stated: () => stated(input), reviewOn: reviewOn(input) });
    case 'rectification':
      return {
        answer: 'rectification-refused',
        ...base,
        grounds: stated(input),
        records: recordLines(facts),
        ...restrictionEnds(input),
      };
    case 'portability':
      return {
        answer: 'portability-refused',
        ...base,
        classes: atLeastOne(
          decision.lines.map((line) => ({
            ...describeClass(facts, line.recordClass),
            legalBasis: classPolicy(facts, line.recordClass).legalBasis,
            grounds: atLeastOne(statedGrounds(line.grounds, words), 'the grounds of a class'),
          })),
          'the classes refused',
        ),
        accessOffered: true,
      };
    case 'objection':
      return {
        answer: 'objection-refused',
        ...base,
        grounds: stated(input),
        balance: said(words.balance, 'the balance'),
        records: recordLines(facts),
        ...restrictionEnds(input),
      };
    case 'access':
    case 'restriction':
    case 'consent-withdrawal':
    case 'opt-out':
      return refusedAsAWhole(input, base);
  }
};
