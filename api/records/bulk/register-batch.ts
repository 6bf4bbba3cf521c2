/**
 * Registers the good lines of a batch in one transaction and answers every line. If the database refuses the batch, it is halved
 * until the line at fault stands alone: one bad line never costs the others.
 */
import { createHash } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import type { ControllerId, RecordId } from '../../../domain/ids.ts';
import { assertNever } from '../../../domain/result.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { describeError } from '../../../storage/database/describe-error.ts';
import type { PreparedRecord } from '../../../storage/records/prepare-record.ts';
import { type Registration, registerRecords } from '../../../storage/records/register-records.ts';
import type { Caller } from '../../access/authentication.ts';
import type { ApiDeps } from '../../http/context.ts';
import { isDatabaseAway } from '../../http/outages.ts';
import { type CheckedLine, type RefusedLine, refusedLine } from './check-line.ts';

/** The answer to one line. */
export type LineResult =
  | RefusedLine
  | {
      readonly line: number;
      readonly status: 200 | 201;
      readonly recordId: RecordId;
      readonly unitId: string;
      readonly boundAt: Instant;
    };

/** A batch with who hands it in; `requestId` ties what the log says to the answer. */
export type RegisterBatchInput = {
  readonly lines: readonly CheckedLine[];
  readonly controller: ControllerId;
  readonly caller: Caller;
  readonly now: Instant;
  readonly requestId: string;
};

type GoodLine = Extract<CheckedLine, { record: PreparedRecord }>;

const resultOf = (line: number, registration: Registration): LineResult => {
  switch (registration.outcome) {
    case 'registered':
    case 'unchanged': {
      const { recordId, unit, outcome } = registration;
      return { line, status: outcome === 'registered' ? 201 : 200, recordId, unitId: unit.id, boundAt: unit.boundAt };
    }
    case 'differs':
      return refusedLine(line, 'record-differs', 'This id is registered with other content.');
    case 'erased':
      return refusedLine(
        line,
        'record-erased',
        registration.certificateId === undefined
          ? 'The record is past the point of no return.'
          : `The record has been erased; certificate ${registration.certificateId} proves it.`,
      );
    default:
      return assertNever(registration);
  }
};

const register = (
  deps: ApiDeps,
  good: readonly GoodLine[],
  input: RegisterBatchInput,
): Promise<readonly Registration[]> => {
  const { controller, caller, now } = input;
  return registerRecords(deps.database, {
    records: good.map(({ record }) => record),
    now,
    audit: (registered) => ({
      at: now,
      actor: caller.actor,
      role: caller.role,
      action: 'records-registered',
      controller,
      target: { kind: 'record-batch', id: uuidV7() },
      why: 'handed-in',
      // Which records they were is in their rows; the digest lets anyone check a list of ids against the entry.
      detail: {
        records: registered.length,
        digest: createHash('sha256')
          .update(
            registered
              .map(({ id }) => id)
              .sort()
              .join('\n'),
          )
          .digest('hex'),
      },
    }),
  });
};

/** One step of a counter for all records of a class with one outcome. */
const countOutcomes = (
  deps: ApiDeps,
  controller: ControllerId,
  good: readonly GoodLine[],
  registrations: readonly Registration[],
): void => {
  const counted = new Map<string, number>();
  registrations.forEach(({ outcome }, index) => {
    const key = `${good[index]?.record.recordClass ?? 'unknown'} ${outcome}`;
    counted.set(key, (counted.get(key) ?? 0) + 1);
  });
  for (const [key, records] of counted) {
    const [recordClass = '', outcome = ''] = key.split(' ');
    deps.metrics.records.inc({ controller, record_class: recordClass, outcome }, records);
  }
};

const registerGood = async (
  deps: ApiDeps,
  good: readonly GoodLine[],
  input: RegisterBatchInput,
): Promise<readonly LineResult[]> => {
  try {
    const registrations = await register(deps, good, input);
    countOutcomes(deps, input.controller, good, registrations);
    return registrations.map((registration, index) => resultOf(good[index]?.number ?? 0, registration));
  } catch (error) {
    if (isDatabaseAway(error)) {
      return good.map(({ number }) =>
        refusedLine(number, 'database-unavailable', 'Not known to be stored; send it again.'),
      );
    }
    if (good.length === 1) {
      deps.logger.error({ requestId: input.requestId, error: describeError(error) }, 'a line could not be registered');
      return good.map(({ number }) =>
        refusedLine(number, 'unexpected', `See the log for urn:uuid:${input.requestId}.`),
      );
    }
    const middle = Math.ceil(good.length / 2);
    return [
      ...(await registerGood(deps, good.slice(0, middle), input)),
      ...(await registerGood(deps, good.slice(middle), input)),
    ];
  }
};

/** The answers of a batch, in the order of its lines. */
export const registerBatch = async (deps: ApiDeps, input: RegisterBatchInput): Promise<readonly LineResult[]> => {
  const good = input.lines.filter((line): line is GoodLine => 'record' in line);
  const registered = good.length === 0 ? [] : await registerGood(deps, good, input);
  const results = new Map(registered.map((result) => [result.line, result]));
  return input.lines.flatMap((line) => {
    const result = 'refused' in line ? line.refused : results.get(line.number);
    return result === undefined ? [] : [result];
  });
};
