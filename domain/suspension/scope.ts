/**
 * Scopes of suspensions: which records one covers, as clauses a person can write and a program can compare. A scope also covers
 * what arrives later. Light on purpose: no calendar, no input/output.
 */
import type { RecordClassId, RecordId } from '../ids.ts';
import type { Instant } from '../time/instant.ts';

/** Half-open range of trigger instants: from `from` on, before `until`. */
export type TriggerRange = { readonly from?: Instant; readonly until?: Instant };

/**
 * One line of a scope; a record is covered by it when it meets every criterion that is there. `Identifier` is what stands for a
 * person or an attribute: text where people speak, a keyed hash where it is stored.
 */
export type ScopeClause<Identifier = string> = {
  readonly record?: RecordId;
  readonly subject?: Identifier;
  readonly attribute?: Identifier;
  readonly recordClass?: RecordClassId;
  readonly triggers?: TriggerRange;
};

/** What a suspension covers: the records that meet at least one clause, also those that arrive later. */
export type Scope<Identifier = string> = readonly ScopeClause<Identifier>[];

/** A record as far as scopes ask about it; identifiers stand for persons and attributes as they do in the clauses. */
export type ScopedRecord<Identifier = string> = {
  readonly id: RecordId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  readonly subjects: readonly Identifier[];
  readonly attributes: readonly Identifier[];
};

/**
 * Whether a clause covers a record of its own controller (I4). The same rule in SQL is `storage/suspensions/covering.ts`; a test
 * holds the two together.
 */
export const clauseCovers = <Identifier>(
  clause: ScopeClause<Identifier>,
  record: ScopedRecord<Identifier>,
  same: (one: Identifier, other: Identifier) => boolean,
): boolean => {
  const { subject, attribute, triggers } = clause;
  return (
    (clause.record === undefined || clause.record === record.id) &&
    (clause.recordClass === undefined || clause.recordClass === record.recordClass) &&
    (triggers?.from === undefined || record.triggerAt >= triggers.from) &&
    (triggers?.until === undefined || record.triggerAt < triggers.until) &&
    (subject === undefined || record.subjects.some((one) => same(one, subject))) &&
    (attribute === undefined || record.attributes.some((one) => same(one, attribute)))
  );
};

const includes = (wide: TriggerRange | undefined, narrow: TriggerRange | undefined): boolean =>
  (wide?.from === undefined || (narrow?.from !== undefined && wide.from <= narrow.from)) &&
  (wide?.until === undefined || (narrow?.until !== undefined && wide.until >= narrow.until));

/** Whether each record that meets `narrow` meets `wide` too, whatever records there are. `same` compares two identifiers. */
const clauseIncludes = <Identifier>(
  wide: ScopeClause<Identifier>,
  narrow: ScopeClause<Identifier>,
  same: (one: Identifier, other: Identifier) => boolean,
): boolean => {
  const asked = (one: Identifier | undefined, other: Identifier | undefined): boolean =>
    one === undefined || (other !== undefined && same(one, other));
  return (
    (wide.record === undefined || wide.record === narrow.record) &&
    asked(wide.subject, narrow.subject) &&
    asked(wide.attribute, narrow.attribute) &&
    (wide.recordClass === undefined || wide.recordClass === narrow.recordClass) &&
    includes(wide.triggers, narrow.triggers)
  );
};

/**
 * Whether a change of scope surely gives nothing back: each old clause lies inside one new clause. Where that cannot be seen from
 * the clauses alone the change counts as narrowing, and what becomes erasable is shown and confirmed first.
 */
export const onlyWidens = <Identifier>(
  before: Scope<Identifier>,
  after: Scope<Identifier>,
  same: (one: Identifier, other: Identifier) => boolean,
): boolean => before.every((old) => after.some((fresh) => clauseIncludes(fresh, old, same)));

/** The most clauses one suspension may have; a larger dispute is several suspensions or a class with a range. */
export const clauseLimit = 1000;

/** Why a scope cannot be placed, with the index of the clause at fault, or `undefined`. */
export const scopeFault = (
  scope: Scope<unknown>,
): { readonly clause?: number; readonly reason: string } | undefined => {
  if (scope.length === 0) return { reason: 'a scope has at least one clause: an empty one would keep nothing' };
  if (scope.length > clauseLimit) return { reason: `a scope has at most ${clauseLimit} clauses` };
  for (const [index, { record, subject, attribute, recordClass, triggers }] of scope.entries()) {
    if (record === undefined && subject === undefined && attribute === undefined && recordClass === undefined) {
      return { clause: index, reason: 'a clause names a record, a data subject, an attribute or a record class' };
    }
    if (triggers?.from !== undefined && triggers.until !== undefined && triggers.from >= triggers.until) {
      return { clause: index, reason: 'the range of trigger dates ends before it begins' };
    }
  }
  return undefined;
};
