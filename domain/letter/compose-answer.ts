/** Composes the answer on one right from its decision and what was done (law.md section 5, row by row). Not for workflows. */
import { given } from '../given.ts';
import type { RecordClassId } from '../ids.ts';
import type { Bilingual, LegalBasis } from '../policy/policy.ts';
import type { RightCase } from '../request/course/case-state.ts';
import { refusesAsAWhole } from '../request/course/decision.ts';
import { exercisedThroughTheGarante } from '../request/course/grounds.ts';
import { optOutOf, rightKind } from '../request/course/rights.ts';
import { casePeriodsOf } from '../request/decision/case-rules.ts';
import type { ManifestRecord } from '../request/decision/manifest.ts';
import { assertNever } from '../result.ts';
import { days } from '../time/duration.ts';
import { instantPlus } from '../time/instant.ts';
import type { LocalDate } from '../time/local-date.ts';
import { type DecidedInput, deniedClasses, grantedRecords, groundsOnSide } from './compose-decided.ts';
import { composeErasure, heldErasure } from './compose-erasure.ts';
import {
  atLeastOne,
  backupLines,
  classPolicy,
  dateAt,
  describeClass,
  foundClasses,
  keptLongerLine,
  recordLine,
  recordLines,
  retentionOf,
  rightReference,
  said,
  statedGrounds,
} from './compose-parts.ts';
import { restrictionEnds } from './compose-restriction.ts';
import { type CompositionFacts, LetterIncompleteError } from './composition-facts.ts';
import type { AccessStatement, NoDataHeld, RightAnswer } from './letter-content.ts';

/** What was gone before the request, and what cannot be tied to a person (Art. 11). */
const heldNoMore = (facts: CompositionFacts): Pick<NoDataHeld, 'erasedBefore' | 'notTied'> => ({
  erasedBefore: facts.erasedBefore.map(({ recordId, recordClass, certificate, erasedAt }) => ({
    recordId,
    recordClass,
    certificate,
    erasedOn: dateAt(facts, erasedAt),
  })),
  notTied: facts.policy.notRecords.map(({ id, reason }) => ({ id, reason })),
});

/**
 * On what the processing of the person's own records of a class rests: a survey sent by SMS rests on consent, one by e-mail does not.
 * Where nothing says otherwise, on the basis of the class.
 */
const basesOf = (
  facts: CompositionFacts,
  recordClass: RecordClassId,
): { readonly legalBasis: LegalBasis; readonly otherBases?: readonly LegalBasis[] } => {
  const rule = classPolicy(facts, recordClass);
  const possible = [rule.legalBasis, ...Object.values(rule.legalBasisByField?.bases ?? {})];
  const own = new Set(
    facts.records.filter((record) => record.recordClass === recordClass).map(({ legalBasis }) => legalBasis?.article),
  );
  const [first, ...others] = possible.filter(({ article }) => own.has(article));
  if (first === undefined) return { legalBasis: rule.legalBasis };
  return { legalBasis: first, ...(others.length === 0 ? {} : { otherBases: others }) };
};

/** The statement on everything found that is not withheld. */
const accessStatement = (facts: CompositionFacts): AccessStatement => {
  const { policy } = facts;
  const withheld = new Set(
    facts.redactions.filter(({ what }) => what === 'whole-record').map(({ recordId }) => recordId),
  );
  const shown = facts.records.filter(({ recordId }) => !withheld.has(recordId));
  // An earlier copy is listed as a record, and is not packed into the next one.
  const copied = shown.filter(({ recordClass }) => recordClass !== policy.rightsRequests.packageClass);
  return {
    facts: atLeastOne(
      foundClasses(facts).map((recordClass) => {
        const rule = classPolicy(facts, recordClass);
        return {
          ...describeClass(facts, recordClass),
          purposes: atLeastOne(rule.purposes, 'the purposes of a class'),
          ...basesOf(facts, recordClass),
          dataCategories: atLeastOne(rule.dataCategories, 'the categories of data'),
          recipients: policy.recipients
            .filter(({ id }) => rule.recipients.includes(id))
            .map(({ name, role, purpose }) => ({ name, role, purpose })),
          retention: { period: retentionOf(rule), keptLongerFor: (rule.keptLongerFor ?? []).map(({ text }) => text) },
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
    ...heldNoMore(facts),
  };
};

/** What an answer is composed from. */
type AnswerInput = DecidedInput & { readonly right: RightCase };

/** What every answer says of its right. */
type Base = Pick<RightAnswer, 'right' | 'decidedOn' | 'restrictionEndsAfter'>;

/** Nothing is held: said with where it was looked for, what is gone, and what cannot be tied to a person. */
const noData = ({ facts }: AnswerInput, base: Base): RightAnswer => ({
  answer: 'no-data',
  ...base,
  searched: atLeastOne(
    facts.policy.recordClasses.map(({ id }) => describeClass(facts, id)),
    'the classes that were searched',
  ),
  ...heldNoMore(facts),
});

/** A refusal that looks at no single record, with its reasons (Art. 12(4)). */
const refusedAsAWhole = (input: AnswerInput, base: Base): RightAnswer => {
  const { facts, right, decision } = input;
  const kind = rightKind(right.key);
  if (kind === 'consent-withdrawal' || kind === 'opt-out')
    throw new LetterIncompleteError('An unconditional right cannot be refused');
  return {
    answer: 'refused',
    ...base,
    kind,
    grounds: groundsOnSide(input, 'denied'),
    earlierCases: decision.grounds.includes('12.5.excessive')
      ? atLeastOne(facts.earlierCases, 'the earlier requests')
      : facts.earlierCases,
    throughTheGarante: decision.grounds.some(exercisedThroughTheGarante),
  };
};

/** A refusal after every class was looked at. `reviewOn`: by when staff review what an erasure leaves. */
const refusedByClass = (input: AnswerInput, base: Base, reviewOn: LocalDate): RightAnswer => {
  const { facts, right, decision, words } = input;
  switch (rightKind(right.key)) {
    case 'erasure':
      return composeErasure(input, base, { stated: () => groundsOnSide(input, 'granted'), reviewOn });
    case 'rectification':
      return {
        answer: 'rectification-refused',
        ...base,
        grounds: groundsOnSide(input, 'denied'),
        records: recordLines(facts),
      };
    case 'portability':
      return {
        answer: 'portability-refused',
        ...base,
        classes: atLeastOne(
          decision.lines.map((line) => ({
            ...describeClass(facts, line.recordClass),
            ...basesOf(facts, line.recordClass),
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
        grounds: groundsOnSide(input, 'denied'),
        balance: said(words.balance, 'the balance'),
        records: recordLines(facts),
      };
    case 'access':
    case 'restriction':
    case 'consent-withdrawal':
    case 'opt-out':
      return refusedAsAWhole(input, base);
  }
};

/** What of a record's content is no field of its class, in words. */
const partsOfContent: Readonly<Record<string, Bilingual>> = {
  text: { it: 'testo', en: 'text' },
  triggerAt: { it: "data e ora dell'evento", en: 'date and time of the event' },
  'identifiers.codice-fiscale': { it: 'codice fiscale', en: 'codice fiscale' },
  'identifiers.email': { it: 'indirizzo e-mail', en: 'e-mail address' },
  'identifiers.phone': { it: 'numero di telefono', en: 'telephone number' },
  'identifiers.controller-subject-id': {
    it: 'identificativo presso il titolare',
    en: "the controller's own identifier",
  },
};

/** The records of which the right is granted, as the letter lists them. */
const granted = (input: AnswerInput) => grantedRecords(input).map((record) => recordLine(input.facts, record));

/** What the decision denies, named only where there is something. */
const denied = (input: AnswerInput) => {
  const classes = deniedClasses(input);
  return classes.length === 0 ? {} : { denied: classes };
};

/** What was changed, in the reader's words: the code of a part of the content means nothing to a person. */
const calledInWords = (facts: CompositionFacts, { recordClass }: ManifestRecord, what: string) => {
  const field = classPolicy(facts, recordClass).fields.find(({ name }) => name === what);
  const title = field?.description ?? partsOfContent[what];
  return { what, ...given({ title }) };
};

/** By when staff review what is held back, else the restriction. */
const reviewOn = ({ facts, right }: AnswerInput) =>
  dateAt(
    facts,
    (right.heldErasure?.state === 'waiting' ? right.heldErasure.reviewAt : undefined) ??
      right.restriction?.reviewAt ??
      instantPlus(facts.now, days(casePeriodsOf(facts.policy).restrictionReviewDays)),
  );

/** What an objection or a withdrawal would erase and something keeps, named only where there is something. */
const held = (input: AnswerInput) => {
  const found = heldErasure(input, reviewOn(input));
  return found === undefined ? {} : { held: found };
};

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
  const base: Base = {
    right: rightReference(facts, right.key),
    decidedOn: dateAt(facts, decided.at),
    ...restrictionEnds(facts, right),
  };
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
            grounds: groundsOnSide(input, 'granted'),
            records: atLeastOne(granted(input), 'the records handed over'),
            formats: ['json', 'csv'],
            ...denied(input),
          };
    case 'partly-granted':
      return {
        answer: 'access-partly-granted',
        ...base,
        ...accessStatement(facts),
        grounds: groundsOnSide(input, 'denied'),
        withheld: atLeastOne(facts.redactions, 'what is withheld'),
      };
    case 'corrected':
      return {
        answer: 'rectification-corrected',
        ...base,
        grounds: groundsOnSide(input, 'granted'),
        recipients,
        changes: atLeastOne(
          // What could only be attached beside a record was not corrected, and the letter does not say that it was.
          facts.rectified.flatMap(({ recordId, what, before, after, on, attached = false }) => {
            const record = facts.records.find((one) => one.recordId === recordId);
            return record === undefined || attached
              ? []
              : [{ record: recordLine(facts, record), ...calledInWords(facts, record, what), before, after, on }];
          }),
          'what was changed',
        ),
      };
    case 'statement-attached':
      return {
        answer: 'rectification-statement-attached',
        ...base,
        grounds: groundsOnSide(input, 'granted'),
        records: atLeastOne(statementRecords(input), 'the records with the statement'),
        statement: said(words.statement, 'the statement'),
        attachedOn: dateAt(facts, right.executed?.at ?? decided.at),
        recipients,
      };
    case 'erased':
    case 'partly-erased':
    case 'deferred':
      return composeErasure(input, base, { stated: () => groundsOnSide(input, 'granted'), reviewOn: reviewOn(input) });
    case 'restricted':
      return {
        answer: 'restriction-granted',
        ...base,
        grounds: groundsOnSide(input, 'granted'),
        // Being restricted itself keeps them: the date is no promise any more (Art. 18(2): erasing is processing).
        records: atLeastOne(
          grantedRecords(input).map((record) => keptLongerLine(facts, record)),
          'the records that are restricted',
        ),
        stillAllowed: ['storage', 'consent', 'legal-claims', 'rights-of-others', 'important-public-interest'],
        restrictedFrom: dateAt(facts, right.executed?.at ?? decided.at),
        reviewOn: reviewOn(input),
        noticeDays: casePeriodsOf(facts.policy).liftingNoticeDays,
        recipients,
        ...denied(input),
      };
    case 'upheld':
      return {
        answer: 'objection-upheld',
        ...base,
        grounds: groundsOnSide(input, 'granted'),
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
        ...held(input),
        ...denied(input),
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
        erased,
        backups: backupLines(facts),
        ...held(input),
        recipients,
      };
    }
    case 'refused':
      return refusedByClass(input, base, reviewOn(input));
    default:
      return assertNever(outcome);
  }
};
