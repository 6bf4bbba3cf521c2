/** `PUT .../records/{sourceId}`: takes one record in. Idempotent: the same again is the same answer (I9). */
import { z } from '@hono/zod-openapi';
import { assertNever } from '../../domain/result.ts';
import { prepareRecord } from '../../storage/records/prepare-record.ts';
import { type Registration, registerRecord } from '../../storage/records/register-records.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, callerOf, policyOf } from '../http/context.ts';
import { firstFaults } from '../http/field-faults.ts';
import { refusal } from '../http/problems.ts';
import { idSchema, instantSchema, localDateSchema, recordParameters, windowSchema } from '../http/schemas.ts';
import { recordErased } from './record-answers.ts';
import { checkSubmission } from './submission/check-submission.ts';
import { submissionSchema } from './submission/submission-schema.ts';
import { rememberingWindows } from './submission/windows.ts';

/** A body is read whole, so it is small; large content goes into objects. */
const largestBody = 4 * 1024 * 1024;

const registeredSchema = z
  .object({
    recordId: idSchema,
    unitId: idSchema,
    boundDay: localDateSchema.openapi({
      description: "Last day on which the record may exist, in the controller's time zone",
    }),
    boundAt: instantSchema.openapi({ description: 'The exclusive end of that day' }),
    window: windowSchema,
    policyVersion: z.int(),
  })
  .openapi('RegisteredRecord');

/** The answer for a record that is registered. */
const registeredBody = ({
  recordId,
  unit,
  policyVersion,
}: Extract<Registration, { outcome: 'registered' | 'unchanged' }>): z.output<typeof registeredSchema> => ({
  recordId,
  unitId: unit.id,
  boundDay: unit.boundDay,
  boundAt: unit.boundAt,
  window: { opensAt: unit.opensAt, dueAt: unit.dueAt, closesAt: unit.boundAt },
  policyVersion,
});

/** 201 new, 200 handed in before, 409 differs, 410 erased since. Record, unit and audit entry are one transaction (I1). */
export const registerRecordRoute: AddRoutes = (app, deps) => {
  const windowOf = rememberingWindows();
  addRoute(app, deps, 'registerRecord', {
    summary: 'Hand in one record',
    description:
      'Registers a record under the id that the source system gave it. Once acknowledged it cannot be forgotten: its erasure is part of the same transaction.',
    params: recordParameters,
    json: { name: 'RecordSubmission', schema: submissionSchema, limit: largestBody, code: 'invalid-record' },
    answers: {
      200: json('Registered before, with the same content', registeredSchema),
      201: json('Registered now', registeredSchema),
    },
    problems: ['class-not-yours', 'record-differs', 'record-erased'],
  })(async (c, readBody) => {
    const { recordClass, sourceId } = c.req.valid('param');
    const { actor, role } = callerOf(c);
    const policy = policyOf(c);
    const now = c.get('now');
    const submission = await readBody();
    const checked = checkSubmission({ policy, recordClass, sourceId, submission, now, windowOf });
    const count = (outcome: string): void => {
      const known = policy.recordClasses.some(({ id }) => id === recordClass);
      deps.metrics.records.inc({
        controller: policy.controller,
        record_class: known ? recordClass : 'unknown',
        outcome,
      });
    };
    if (!checked.ok) {
      count('refused');
      throw refusal('invalid-record', {
        detail: 'The record was not registered; nothing of it was stored.',
        errors: firstFaults(checked.reason),
      });
    }
    const record = prepareRecord(deps.sealing, checked.value);
    const registration = await registerRecord(deps.database, { record, now, by: { actor, role } });
    count(registration.outcome);
    switch (registration.outcome) {
      case 'registered':
        return c.json(registeredBody(registration), 201);
      case 'unchanged':
        return c.json(registeredBody(registration), 200);
      case 'differs':
        throw refusal('record-differs', {
          detail:
            'A record with this id is registered, and what is handed in now is not the same. Nothing was changed.',
          more: { recordId: registration.recordId },
        });
      case 'erased':
        throw recordErased(registration);
      default:
        return assertNever(registration);
    }
  });
};
