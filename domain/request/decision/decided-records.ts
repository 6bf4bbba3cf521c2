/**
 * Which records a decision is about: the lines say it for each class, the exceptions for single records. Pure; execution and letters
 * must read a decision the same way.
 */
import type { RecordClassId, RecordId } from '../../ids.ts';
import type { CaseState } from '../course/case-state.ts';
import type { Decision, DecisionLine, LineResult } from '../course/decision.ts';
import { rightKind } from '../course/rights.ts';

/** A record that a decision treats otherwise than its class. */
export type RecordException = { readonly recordId: string; readonly result: LineResult };

/** What must be known of a record to decide whether a decision reaches it: an exception names the record, a line its class. */
export type DecidedRecord = { readonly recordId: RecordId; readonly recordClass: RecordClassId };

/**
 * The exceptions to carry out. The officer decides, so what the officer wrote stands alone. Where the officer wrote none, those of
 * the person who prepared it hold as far as they keep: a record is destroyed on the officer's own word only.
 */
export const exceptionsInForce = <Officers extends RecordException, Prepared extends RecordException>(
  officer: readonly Officers[] | undefined,
  prepared: readonly Prepared[] | undefined,
): readonly (Officers | Prepared)[] => officer ?? (prepared ?? []).filter(({ result }) => result !== 'granted');

/** Whether the decision grants what was asked for a record. `wholly`: what holds for a class that no line names. */
export const grantsFor = (
  { lines }: Pick<Decision, 'lines'>,
  exceptions: readonly RecordException[],
  wholly = false,
): ((record: DecidedRecord) => boolean) => {
  const byClass = new Map(lines.map(({ recordClass, result }) => [recordClass, result === 'granted'] as const));
  const byRecord = new Map(exceptions.map(({ recordId, result }) => [recordId, result === 'granted'] as const));
  return ({ recordId, recordClass }) => byRecord.get(recordId) ?? byClass.get(recordClass) ?? wholly;
};

/** Whether a condition of Art. 17(1) is met, whatever stands against it. */
const conditionMet = ({ grounds }: Pick<DecisionLine, 'grounds'>): boolean =>
  grounds.some((ground) => ground.startsWith('17.1.') && ground !== '17.1.none');

/**
 * Which records a decided erasure takes as soon as nothing keeps them: what it grants, and what it only defers because a hold or a duty
 * stands against a condition of Art. 17(1) that is met (17(3)(b), (e)). Where no condition is met there is nothing to wait for: such
 * records go when their period ends. `exceptions` as they are in force, `officers`: whether the officer wrote them; the person who only
 * prepared cannot destroy by an exception, so their class says it.
 */
export const erasedOnceFree = (
  { lines }: Pick<Decision, 'lines'>,
  exceptions: readonly (RecordException & { readonly grounds?: readonly string[] })[],
  officers: boolean,
): ((record: DecidedRecord) => boolean) => {
  const classes = new Set(
    lines
      .filter((line) => line.result === 'granted' || (line.result === 'deferred' && conditionMet(line)))
      .map(({ recordClass }) => recordClass),
  );
  const byRecord = new Map(exceptions.map((exception) => [exception.recordId, exception] as const));
  return ({ recordId, recordClass }) => {
    const exception = byRecord.get(recordId);
    if (exception === undefined) return classes.has(recordClass);
    if (exception.result !== 'deferred') return exception.result === 'granted';
    return officers ? exception.grounds?.includes('17.1.none') !== true : classes.has(recordClass);
  };
};

/**
 * Whether an objection won, or a withdrawn consent, also erases the records of a class (Art. 17(1)(b), (c)). Where the person asked
 * for erasure in the same case, that decision tests Art. 17(3): as long as it is open, or keeps the class by one of the exceptions of
 * Art. 17(3), nothing is erased on this one. A refusal because no condition of 17(1) was met does not stand against a condition met since.
 */
export const erasureFollows = (state: CaseState, recordClass: RecordClassId): boolean => {
  const asked = state.rights.find(({ key, ending }) => rightKind(key) === 'erasure' && ending !== 'withdrawal');
  if (asked === undefined) return true;
  if (asked.decided === undefined) return asked.state === 'closed';
  const line = asked.decided.decision.lines.find((one) => one.recordClass === recordClass);
  return line === undefined || !line.grounds.some((ground) => ground.startsWith('17.3.'));
};
