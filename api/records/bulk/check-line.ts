/** One line of the bulk route: parsed, checked and prepared, or its refusal. A bad line is an answer, never an error. */

import { given } from '../../../domain/given.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { type PreparedRecord, prepareRecord } from '../../../storage/records/prepare-record.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import type { Caller } from '../../access/authentication.ts';
import { mayHandleClass } from '../../access/authorisation.ts';
import { parseJson } from '../../http/bodies.ts';
import { firstFaults, schemaFaults } from '../../http/field-faults.ts';
import { type FieldFault, type ProblemCode, problemKinds } from '../../http/problems.ts';
import { checkSubmission } from '../submission/check-submission.ts';
import { submissionLineSchema } from '../submission/submission-schema.ts';
import type { WindowOf } from '../submission/windows.ts';
import type { Line } from './lines.ts';

/** The answer to a line that is not registered: status and code as a problem of its own would have them. */
export type RefusedLine = {
  readonly line: number;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
};

/** A line by its number (from 1), fit to be registered or refused; `weight` in bytes, for the batch's limit. */
export type CheckedLine =
  | { readonly number: number; readonly record: PreparedRecord; readonly weight: number }
  | { readonly number: number; readonly refused: RefusedLine; readonly weight: number };

/** What a line is judged by, the same for all lines of a request. `longestLine` in bytes. */
export type CheckLineInput = {
  readonly policy: Policy;
  readonly caller: Caller;
  readonly sealing: Sealing;
  readonly now: Instant;
  readonly longestLine: number;
  readonly windowOf: WindowOf;
};

/** The refusal of a line. */
export const refusedLine = (
  line: number,
  code: ProblemCode,
  detail: string,
  errors?: readonly FieldFault[],
): RefusedLine => ({ line, status: problemKinds[code].status, code, detail, ...given({ errors }) });

/** Checks one line by the rules of the single route. */
export const checkLine = (
  line: Line,
  { policy, caller, sealing, now, longestLine, windowOf }: CheckLineInput,
): CheckedLine => {
  const { number } = line;
  const refuse = (code: ProblemCode, detail: string, errors?: readonly FieldFault[]): CheckedLine => ({
    number,
    refused: refusedLine(number, code, detail, errors),
    weight: 0,
  });
  if ('tooLong' in line) return refuse('body-too-large', `A line may have at most ${longestLine} bytes.`);
  const parsed = parseJson(line.bytes);
  if ('code' in parsed) {
    return refuse(
      parsed.code,
      parsed.code === 'malformed-json' ? 'The line cannot be parsed as JSON.' : 'The line is not encoded in UTF-8.',
    );
  }
  const formed = submissionLineSchema.safeParse(parsed.value);
  if (!formed.success) {
    return refuse('invalid-record', 'Some fields are not as described.', schemaFaults(formed.error));
  }
  const { recordClass, sourceId, ...submission } = formed.data;
  if (!mayHandleClass(caller, recordClass)) {
    return refuse('class-not-yours', 'The token does not name this record class among its classes.');
  }
  const checked = checkSubmission({ policy, recordClass, sourceId, submission, now, windowOf });
  if (!checked.ok) return refuse('invalid-record', 'The record was not registered.', firstFaults(checked.reason));
  return { number, record: prepareRecord(sealing, checked.value), weight: line.bytes.length };
};
