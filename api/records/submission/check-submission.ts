/**
 * Whether a record may be registered: checks what a source hands in against the controller's policy in force and computes when
 * the record must be gone. Pure. All faults are reported at once, each with its field and reason and without values (I12).
 */
import { given } from '../../../domain/given.ts';
import type { ControllerId } from '../../../domain/ids.ts';
import type { Policy, RecordClassPolicy } from '../../../domain/policy/policy.ts';
import { mayLieAhead, rememberedEvent, triggerEventOf } from '../../../domain/policy/retention-dates.ts';
import { failure, type Result, success } from '../../../domain/result.ts';
import { normaliseSubjectIdentifier, type SubjectIdentifier } from '../../../domain/subject/subject-identifier.ts';
import { days } from '../../../domain/time/duration.ts';
import { type Instant, instantPlus, parseInstant } from '../../../domain/time/instant.ts';
import { holdAttributes } from '../../../storage/records/hold-attributes.ts';
import type { RecordToRegister } from '../../../storage/records/prepare-record.ts';
import type { FieldValue } from '../../../storage/records/record-content.ts';
import type { FieldFault } from '../../http/problems.ts';
import { checkEvidence, checkFields, clockToleranceMs } from './check-fields.ts';
import { nameFault } from './source-name.ts';
import type { Submission } from './submission-schema.ts';
import type { WindowOf } from './windows.ts';

/** A record as handed in and the policy it is judged by. `now` refuses events of the future; `windowOf` computes the retention window. */
export type CheckSubmissionInput = {
  readonly policy: Policy;
  readonly recordClass: string;
  readonly sourceId: string;
  readonly submission: Submission;
  readonly now: Instant;
  readonly windowOf: WindowOf;
};

/** Why no source may hand in to a class that Oblio fills itself, or `undefined` for every other class. */
export const ownClassFault = ({ origin }: RecordClassPolicy): FieldFault | undefined =>
  origin === 'oblio'
    ? {
        field: 'recordClass',
        code: 'not-handed-in',
        detail: 'records of this class are made by Oblio itself; no source hands them in',
      }
    : undefined;

/**
 * The class of a submission, or why there is none: a class of the notice that never becomes a record is refused with its reason, and a
 * class that Oblio fills itself takes nothing from outside.
 */
const findRecordClass = (policy: Policy, recordClass: string): Result<RecordClassPolicy, FieldFault> => {
  const found = policy.recordClasses.find(({ id }) => id === recordClass);
  if (found !== undefined) {
    const own = ownClassFault(found);
    return own === undefined ? success(found) : failure(own);
  }
  const notRecord = policy.notRecords.find(({ id }) => id === recordClass);
  if (notRecord !== undefined) {
    return failure({ field: 'recordClass', code: 'never-a-record', detail: notRecord.reason.en });
  }
  const known = policy.recordClasses
    .filter(({ origin }) => origin !== 'oblio')
    .map(({ id }) => id)
    .join(', ');
  return failure({
    field: 'recordClass',
    code: 'unknown-class',
    detail: `the policy of this controller knows ${known}`,
  });
};

// Appointments lie ahead, but a year mistyped would keep a record for a lifetime.
const furthestAheadMs = 2 * days(366);

const checkTrigger = (
  { trigger }: RecordClassPolicy,
  { submission, now }: CheckSubmissionInput,
  fields: Readonly<Record<string, FieldValue>>,
): Result<Instant, FieldFault | undefined> => {
  const event = triggerEventOf(trigger, fields);
  const timeField = trigger.timeFields?.[event];
  const ofField = timeField === undefined ? undefined : fields[timeField];
  const field = timeField === undefined ? 'triggerAt' : `fields.${timeField}`;
  const given = submission.triggerAt === undefined ? undefined : parseInstant(submission.triggerAt);
  if (given !== undefined && !given.ok) {
    return failure({
      field: 'triggerAt',
      code: 'invalid-instant',
      detail: 'is no existing time written YYYY-MM-DDTHH:mm:ss with its offset from UTC',
    });
  }
  if (timeField !== undefined) {
    // A missing or faulty field is reported where fields are checked.
    if (typeof ofField !== 'string') return failure(undefined);
    if (given !== undefined && given.value !== ofField) {
      return failure({
        field: 'triggerAt',
        code: 'differs-from-field',
        detail: `the period of this record runs from fields.${timeField}, which says another time`,
      });
    }
  } else if (given === undefined) {
    return failure({ field: 'triggerAt', code: 'required', detail: `is missing: the time of the event "${event}"` });
  }
  const at = given?.value ?? (ofField as Instant);
  if (at > instantPlus(now, furthestAheadMs)) {
    return failure({ field, code: 'too-far-ahead', detail: 'lies more than two years ahead' });
  }
  if (!mayLieAhead(trigger, event) && at > instantPlus(now, clockToleranceMs)) {
    return failure({
      field,
      code: 'in-the-future',
      detail: `lies ahead: the event "${event}" has happened when its record is handed in`,
    });
  }
  return success(at);
};

const checkIdentifiers = (
  identifiers: Submission['identifiers'],
): { readonly subjects: readonly SubjectIdentifier[]; readonly faults: readonly FieldFault[] } => {
  const subjects: SubjectIdentifier[] = [];
  const faults: FieldFault[] = [];
  identifiers.forEach((identifier, index) => {
    const normalised = normaliseSubjectIdentifier(identifier);
    if (normalised.ok) subjects.push(normalised.value);
    else {
      const { code, reason } = normalised.reason;
      faults.push({ field: `identifiers.${index}.value`, code, detail: reason });
    }
  });
  return { subjects, faults };
};

/** The record as it is to be registered, or all its faults. */
export const checkSubmission = (input: CheckSubmissionInput): Result<RecordToRegister, readonly FieldFault[]> => {
  const { policy, submission, sourceId, windowOf } = input;
  const recordClass = findRecordClass(policy, input.recordClass);
  const sourceFault = nameFault('sourceId', sourceId);
  const early = [...(sourceFault ? [sourceFault] : []), ...(recordClass.ok ? [] : [recordClass.reason])];
  if (!recordClass.ok) return failure(early);
  const policyOfClass = recordClass.value;
  const { fields, faults: fieldFaults } = checkFields(policyOfClass, submission.fields);
  const trigger = checkTrigger(policyOfClass, input, fields);
  const evidenceFaults = checkEvidence(policyOfClass, {
    fields,
    triggerAt: trigger.ok ? trigger.value : undefined,
    now: input.now,
  });
  const { subjects, faults: identifierFaults } = checkIdentifiers(submission.identifiers);
  const textFault: FieldFault[] =
    submission.text !== undefined && policyOfClass.content === 'objects'
      ? [{ field: 'text', code: 'not-kept', detail: 'records of this class keep their content in objects' }]
      : [];
  const triggerFault = trigger.ok || trigger.reason === undefined ? [] : [trigger.reason];
  const faults = [...early, ...triggerFault, ...identifierFaults, ...fieldFaults, ...evidenceFaults, ...textFault];
  if (!trigger.ok || faults.length > 0) return failure(faults);
  const controller: ControllerId = policy.controller;
  const triggerEvent = rememberedEvent(policyOfClass.trigger, fields);
  return success({
    controller,
    recordClass: policyOfClass.id,
    sourceId,
    content: {
      triggerAt: trigger.value,
      identifiers: submission.identifiers,
      fields,
      ...given({ text: submission.text }),
    },
    subjects,
    attributes: holdAttributes(policyOfClass, fields),
    transcriptDue: policyOfClass.transcriptToSubject && subjects.some(({ kind }) => kind === 'email'),
    policyVersion: policy.version,
    unitSize: policyOfClass.unitSize,
    ...given({ triggerEvent }),
    window: windowOf({ rule: policyOfClass.rule, triggerAt: trigger.value, timeZone: policy.timeZone }),
  });
};
