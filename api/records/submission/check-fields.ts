/** Checks a record's own fields against their definitions in the policy. Pure; reasons never quote a value (I7, I12). */
import type {
  EvidenceRequirement,
  FieldCondition,
  FieldDefinition,
  RecordClassPolicy,
} from '../../../domain/policy/policy.ts';
import { assertNever } from '../../../domain/result.ts';
import { minutes } from '../../../domain/time/duration.ts';
import { type Instant, instantPlus, parseInstant } from '../../../domain/time/instant.ts';
import { parseLocalDate } from '../../../domain/time/local-date.ts';
import type { FieldValue } from '../../../storage/records/record-content.ts';
import { shownName } from '../../http/field-faults.ts';
import type { FieldFault } from '../../http/problems.ts';

// Whether evidence is dated in time: the notice was given, or the authorisation, before what it is evidence of ("beforehand" in the notices).
// Pure; reasons quote the policy and never a value (I7, I12).

/** How far a source's clock may be ahead of ours. */
export const clockToleranceMs = minutes(60);

/** What evidence is compared with. */
type CheckEvidenceInput = {
  /** Checked fields: instants in UTC, which sort as text. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The time of the trigger event; absent where it is at fault itself. */
  readonly triggerAt: Instant | undefined;
  readonly now: Instant;
};

type Moment = { readonly name: string; readonly at: FieldValue };

/** What the evidence must not lie after: the first of its points that the record has. */
const limitOf = (
  { notAfter = [] }: EvidenceRequirement,
  { fields, triggerAt }: CheckEvidenceInput,
): Moment | undefined => {
  for (const name of notAfter) {
    const at = name === 'trigger' ? triggerAt : fields[name];
    if (at !== undefined) return { name: name === 'trigger' ? 'triggerAt' : `fields.${name}`, at };
  }
  return undefined;
};

/** Every fault in the order of time. Missing or malformed evidence is reported where fields are checked. */
export const checkEvidence = (
  { evidence, fields: definitions }: RecordClassPolicy,
  input: CheckEvidenceInput,
): readonly FieldFault[] =>
  evidence.flatMap((requirement) => {
    const at = input.fields[requirement.field];
    const isInstant = definitions.some(({ name, kind }) => name === requirement.field && kind === 'instant');
    if (!isInstant || typeof at !== 'string' || !conditionHolds(requirement.when, input.fields)) return [];
    const field = `fields.${requirement.field}`;
    if (at > instantPlus(input.now, clockToleranceMs)) {
      return [{ field, code: 'in-the-future', detail: 'lies ahead: what has not happened yet is no evidence' }];
    }
    const limit = limitOf(requirement, input);
    if (limit === undefined || at <= String(limit.at)) return [];
    return [{ field, code: 'evidence-too-late', detail: `lies after ${limit.name}. ${requirement.reason}` }];
  });

type Checked = { readonly value: FieldValue } | { readonly code: string; readonly detail: string };

const longestField = 4000;
const wrongType = (type: string): Checked => ({ code: 'invalid-type', detail: `must be a ${type}` });

const checkValue = (definition: FieldDefinition, value: unknown): Checked => {
  switch (definition.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? { value } : wrongType('boolean');
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? { value } : wrongType('number');
    case 'text':
      if (typeof value !== 'string') return wrongType('text');
      if (value.length > longestField)
        return { code: 'too-long', detail: `may have at most ${longestField} characters` };
      if (value.trim() === '') return { code: 'empty', detail: 'is empty' };
      if (!value.isWellFormed()) return { code: 'invalid', detail: 'holds half a character' };
      return { value };
    case 'code':
      if (typeof value === 'string' && definition.values?.includes(value)) return { value };
      return { code: 'not-in-list', detail: `must be one of ${(definition.values ?? []).join(', ')}` };
    case 'instant': {
      const parsed = parseInstant(typeof value === 'string' ? value : '');
      // The parser's reason quotes the text; what is said here does not.
      if (parsed.ok) return { value: parsed.value };
      return {
        code: 'invalid-instant',
        detail: 'is no existing time written YYYY-MM-DDTHH:mm:ss with its offset from UTC',
      };
    }
    case 'local-date': {
      const parsed = parseLocalDate(typeof value === 'string' ? value : '');
      return parsed.ok
        ? { value: parsed.value }
        : { code: 'invalid-date', detail: 'is no existing date written YYYY-MM-DD' };
    }
    default:
      return assertNever(definition.kind);
  }
};

/** Whether a field has the value that a condition names; no condition always holds. */
export const conditionHolds = (
  condition: FieldCondition | undefined,
  fields: Readonly<Record<string, unknown>>,
): boolean => condition === undefined || fields[condition.field] === condition.equals;

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && (typeof value !== 'string' || value.trim() !== '');

/** The checked fields (instants in UTC), or every fault. Evidence that is missing is reported with the policy's reason for it. */
export const checkFields = (
  recordClass: RecordClassPolicy,
  handedIn: Readonly<Record<string, unknown>>,
): { readonly fields: Readonly<Record<string, FieldValue>>; readonly faults: readonly FieldFault[] } => {
  const own = (name: string): unknown => (Object.hasOwn(handedIn, name) ? handedIn[name] : undefined);
  const given = Object.fromEntries(recordClass.fields.map(({ name }) => [name, own(name)]));
  const missingEvidence = new Map(
    recordClass.evidence
      .filter(({ field, when }) => conditionHolds(when, given) && !isGiven(given[field]))
      .map(({ field, reason }) => [field, reason]),
  );
  const faults: FieldFault[] = [];
  const fields: Record<string, FieldValue> = {};
  const known = new Set(recordClass.fields.map(({ name }) => name));
  for (const name of Object.keys(handedIn)) {
    if (known.has(name)) continue;
    faults.push({
      field: `fields.${shownName(name)}`,
      code: 'unknown-field',
      detail: 'records of this class have no such field',
    });
  }
  for (const definition of recordClass.fields) {
    const field = `fields.${definition.name}`;
    const value = given[definition.name];
    const evidence = missingEvidence.get(definition.name);
    if (evidence !== undefined) {
      faults.push({ field, code: 'evidence-missing', detail: evidence });
    } else if (value === undefined || value === null) {
      const required =
        definition.required || (definition.requiredWhen && conditionHolds(definition.requiredWhen, given));
      if (required) faults.push({ field, code: 'required', detail: 'is missing' });
    } else {
      const checked = checkValue(definition, value);
      if ('value' in checked) fields[definition.name] = checked.value;
      else faults.push({ field, ...checked });
    }
  }
  return { fields, faults };
};
