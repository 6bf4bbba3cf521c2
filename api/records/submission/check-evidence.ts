/**
 * Whether evidence is dated in time: the notice was given, or the authorisation, before what it is evidence of ("beforehand" in the notices).
 * Pure; reasons quote the policy and never a value (I7, I12).
 */

import type { EvidenceRequirement, RecordClassPolicy } from '../../../domain/policy/policy.ts';
import { minutes } from '../../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../../domain/time/instant.ts';
import type { FieldValue } from '../../../storage/records/record-content.ts';
import type { FieldFault } from '../../http/problems.ts';
import { conditionHolds } from './check-fields.ts';

/** How far a source's clock may be ahead of ours. */
export const clockToleranceMs = minutes(60);

/** What evidence is compared with. */
export type CheckEvidenceInput = {
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
