/** What an answer says of the data themselves: Art. 15(1)(a)-(h) and (2), class by class, and what is held no more. Not for workflows. */
import type { RecordClassId } from '../ids.ts';
import type { LegalBasis } from '../policy/policy.ts';
import {
  atLeastOne,
  classPolicy,
  dateAt,
  describeClass,
  foundClasses,
  recordLine,
  retentionOf,
} from './compose-parts.ts';
import type { CompositionFacts } from './composition-facts.ts';
import type { AccessStatement, NoDataHeld } from './letter-content.ts';

/** What was gone before the request, and what cannot be tied to a person (Art. 11). */
export const heldNoMore = (facts: CompositionFacts): Pick<NoDataHeld, 'erasedBefore' | 'notTied'> => ({
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
export const basesOf = (
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
export const accessStatement = (facts: CompositionFacts): AccessStatement => {
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
