/**
 * The closed list of failures that activities may report. A history cannot be edited, so nothing reaches one but a type of this
 * list, its fixed sentence, and for an unexpected failure a correlation id to find it by in the worker's log (I7).
 */
import { ApplicationFailure } from '@temporalio/common';

/** Each type with its sentence and whether trying again can help. */
export const failureTypes = {
  'unit-unknown': { sentence: 'There is no retention unit with this id.', retryable: false },
  'unit-busy': { sentence: 'Another execution is at work on this unit.', retryable: true },
  'record-unknown': { sentence: 'There is no record with this id.', retryable: false },
  'suspension-unknown': { sentence: 'There is no suspension with this id.', retryable: false },
  'service-unreachable': {
    sentence: 'The database, the object store or the mail server does not answer.',
    retryable: true,
  },
  'case-unknown': { sentence: 'There is no rights request with this id.', retryable: false },
  'case-moved-on': { sentence: 'The case is at another revision than the one this step builds on.', retryable: false },
  'notification-unknown': { sentence: 'There is no notification to a recipient with this id.', retryable: false },
  'recipient-unreachable': { sentence: 'The recipient did not take the notification.', retryable: true },
  'review-open': { sentence: 'What leaves the house is not reviewed and confirmed yet.', retryable: false },
  'nothing-to-hand-over': {
    sentence: 'No right of this case was decided so that data are handed over.',
    retryable: false,
  },
  'letter-incomplete': { sentence: 'The case lacks something that the law asks of this letter.', retryable: true },
  'letter-not-rendered': { sentence: 'The letter that goes into a package has no file yet.', retryable: true },
  'records-moved': { sentence: 'Records changed while a package was made of them.', retryable: true },
  'package-too-large': {
    sentence: 'The package would be larger than the object store takes one object.',
    retryable: false,
  },
  'package-erased': { sentence: 'The period of this package has ended.', retryable: false },
  'store-refused': { sentence: 'The object store refused an operation.', retryable: true },
  unexpected: { sentence: "An unexpected failure; the worker's log has it under the correlation id.", retryable: true },
} as const satisfies Record<string, { sentence: string; retryable: boolean }>;

/** A type of the closed list, as workflows test for it. */
export type FailureType = keyof typeof failureTypes;

/** Whether a text is one of the closed list. */
export const isFailureType = (text: unknown): text is FailureType =>
  typeof text === 'string' && Object.hasOwn(failureTypes, text);

/** What a history may know of a failure besides its type. */
export type FailureDetail = { readonly correlationId: string; readonly code?: string };

/** A failure of the closed list, as Temporal takes it; without a stack, which would repeat a message. */
export const failureOf = (type: FailureType, detail?: FailureDetail): ApplicationFailure => {
  const { sentence, retryable } = failureTypes[type];
  const failure = ApplicationFailure.create({
    type,
    message: detail === undefined ? sentence : `${sentence} The worker's log has it under ${detail.correlationId}.`,
    nonRetryable: !retryable,
    ...(detail === undefined ? {} : { details: [detail] }),
  });
  failure.stack = '';
  return failure;
};
