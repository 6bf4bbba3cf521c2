/**
 * A scope as legal teams write it: people by an identifier, records by their source's id, days as the controller's seat counts
 * them. It becomes keyed hashes here, at the border; the names go no further.
 */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { isUuid, type RecordId, recordClassId, recordId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../domain/subject/subject-identifier.ts';
import { clauseLimit, scopeFault } from '../../domain/suspension/scope.ts';
import { endOfDay, startOfDay } from '../../domain/time/calendar.ts';
import { parseLocalDate } from '../../domain/time/local-date.ts';
import { attributeValue } from '../../storage/records/hold-attributes.ts';
import type { KeyedClause, KeyedScope } from '../../storage/suspensions/clause-rows.ts';
import { findRecordBySource, recordExisted } from '../../storage/suspensions/find-record-by-source.ts';
import type { ApiDeps } from '../http/context.ts';
import { type FieldFault, refusal } from '../http/problems.ts';

const day = z.string().refine((text) => parseLocalDate(text).ok, 'must be a date, YYYY-MM-DD');

const clauseSchema = z
  .strictObject({
    recordId: z.string().refine(isUuid, 'must be a UUID in lower case').optional(),
    record: z
      .strictObject({ recordClass: z.string().max(64), sourceId: z.string().max(128) })
      .optional()
      .openapi({ description: "A record by its source system's id" }),
    subject: z.strictObject({ kind: z.enum(subjectIdentifierKinds), value: z.string().max(320) }).optional(),
    attribute: z
      .strictObject({ name: z.string().max(64), value: z.string().min(1).max(320) })
      .optional()
      .openapi({ description: 'A field that the policy marks for holds, for example a claim number' }),
    recordClass: z.string().max(64).optional(),
    triggeredFrom: day.optional().openapi({ description: 'First day of the trigger event, at the seat' }),
    triggeredUntil: day.optional().openapi({ description: 'Last day of the trigger event, included' }),
  })
  .openapi('HoldClause');

/** Clauses; a record is covered when it meets every criterion of at least one. */
export const scopeSchema = z.array(clauseSchema).min(1).max(clauseLimit).openapi({
  description: 'A record is covered when it meets every criterion of at least one clause, also when it arrives later',
});

/** A scope as read from a body, still with identifiers in the clear: it must not leave the request. */
export type ScopeBody = z.output<typeof scopeSchema>;

type Read = { readonly clause: KeyedClause } | { readonly fault: FieldFault };

const readClause = async (deps: ApiDeps, policy: Policy, body: ScopeBody[number], path: string): Promise<Read> => {
  const { controller, timeZone, recordClasses } = policy;
  const at = (field: string, code: string, detail: string): Read => ({
    fault: { field: `${path}.${field}`, code, detail },
  });
  let record: RecordId | undefined = body.recordId === undefined ? undefined : recordId(body.recordId);
  if (record !== undefined && !(await recordExisted(deps.database, { controller, record }))) {
    return at('recordId', 'record-unknown', 'there is and was no such record');
  }
  if (body.record !== undefined) {
    if (!recordClasses.some(({ id }) => id === body.record?.recordClass)) {
      return at('record.recordClass', 'class-unknown', 'the policy of the controller has no such class');
    }
    record = await findRecordBySource(deps.database, {
      sourceKey: deps.sealing.sourceKey({
        controller,
        recordClass: recordClassId(body.record.recordClass),
        sourceId: body.record.sourceId,
      }),
    });
    if (record === undefined) return at('record', 'record-unknown', 'there is and was no such record');
  }
  const subject = body.subject && normaliseSubjectIdentifier(body.subject);
  if (subject !== undefined && !subject.ok) return at('subject.value', subject.reason.code, subject.reason.reason);
  const { attribute, recordClass, triggeredFrom, triggeredUntil } = body;
  if (attribute !== undefined) {
    const known = recordClasses.some(({ fields }) =>
      fields.some((field) => field.holdScope && field.name === attribute.name),
    );
    if (!known) return at('attribute.name', 'not-in-list', 'no class of the policy marks this field for holds');
  }
  if (recordClass !== undefined && !recordClasses.some(({ id }) => id === recordClass)) {
    return at('recordClass', 'class-unknown', 'the policy of the controller has no such class');
  }
  const from = triggeredFrom === undefined ? undefined : parseLocalDate(triggeredFrom);
  const until = triggeredUntil === undefined ? undefined : parseLocalDate(triggeredUntil);
  const triggers = {
    ...(from?.ok && { from: startOfDay(from.value, timeZone) }),
    ...(until?.ok && { until: endOfDay(until.value, timeZone) }),
  };
  return {
    clause: {
      ...given({ record }),
      ...(subject?.ok && { subject: deps.sealing.subjectKey({ controller, ...subject.value }) }),
      ...(attribute && {
        attribute: deps.sealing.attributeKey({
          controller,
          name: attribute.name,
          value: attributeValue(attribute.value),
        }),
      }),
      ...(recordClass !== undefined && { recordClass: recordClassId(recordClass) }),
      ...(Object.keys(triggers).length > 0 && { triggers }),
    },
  };
};

/** The keyed scope of a body, or a refusal that names every field at fault. */
export const readScopeBody = async (deps: ApiDeps, policy: Policy, body: ScopeBody): Promise<KeyedScope> => {
  const scope: KeyedClause[] = [];
  const errors: FieldFault[] = [];
  for (const [index, clause] of body.entries()) {
    const read = await readClause(deps, policy, clause, `scope.${index}`);
    if ('fault' in read) errors.push(read.fault);
    else scope.push(read.clause);
  }
  const fault = errors.length === 0 ? scopeFault(scope) : undefined;
  if (fault !== undefined) {
    const field = fault.clause === undefined ? 'scope' : `scope.${fault.clause}`;
    errors.push({ field, code: 'invalid', detail: fault.reason });
  }
  if (errors.length > 0) throw refusal('invalid-hold', { detail: 'The scope is not as described.', errors });
  return scope;
};
