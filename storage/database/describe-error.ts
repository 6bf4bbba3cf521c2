/**
 * What may be known of an error outside the place where it happened (logs, failures): its name, its code and where it was thrown.
 * Never its message: a database error quotes the row, a mail server the address, a parser the text it read (I7).
 */
import { given } from '../../domain/given.ts';
import { connectionFault, databaseFault } from './database-errors.ts';

/** An error without anything it quotes. */
export type ErrorDescription = {
  /** Name of its class. */
  readonly name: string;
  /** SQLSTATE, errno name, S3 error code or SMTP reply code. */
  readonly code?: string;
  /** Constraint and table, names of ours. */
  readonly constraint?: string;
  readonly table?: string;
  /** Innermost first: function and place. */
  readonly frames: readonly string[];
  readonly cause?: ErrorDescription;
};

/** SQLSTATE; errno and library codes; S3 error codes, which are words written together. */
const codePatterns = [/^[0-9A-Z]{5}$/, /^E[A-Z_]{2,30}$/, /^ERR_[A-Z_]{2,60}$/, /^X?(?:[A-Z][a-z]+){2,5}$/];

const codeOf = (error: Error): string | undefined => {
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && codePatterns.some((pattern) => pattern.test(code))) return code;
  const reply: unknown = Reflect.get(error, 'responseCode');
  return typeof reply === 'number' && reply >= 200 && reply < 600 ? String(reply) : undefined;
};

const framePattern = /^\s+at (?:[\w$.<>[\] ]+ \()?(?:file:\/\/|node:|\/)[^\s()]+:\d+:\d+\)?$/;

const framesOf = (error: Error): string[] => {
  const stack = error.stack ?? '';
  // The stack begins with the message, which may run over several lines and look like anything.
  const afterMessage = error.message === '' ? 0 : stack.indexOf(error.message) + error.message.length;
  return stack
    .slice(afterMessage)
    .split('\n')
    .filter((line) => framePattern.test(line))
    .slice(0, 8)
    .map((line) => line.trim().replace(/^at /, ''));
};

const nameOf = (error: Error): string => (/^[A-Za-z]\w{2,60}$/.test(error.name) ? error.name : 'Error');

const deepestCause = 3;

/** Describes anything that was thrown. */
export const describeError = (thrown: unknown, depth = 0): ErrorDescription => {
  if (!(thrown instanceof Error)) return { name: typeof thrown, frames: [] };
  const fault = databaseFault(thrown);
  const code = fault?.code ?? codeOf(thrown) ?? connectionFault(thrown);
  return {
    name: nameOf(thrown),
    ...given({ code }),
    ...(fault?.constraint === undefined ? {} : { constraint: fault.constraint }),
    ...(fault?.table === undefined ? {} : { table: fault.table }),
    frames: framesOf(thrown),
    ...(thrown.cause === undefined || depth >= deepestCause ? {} : { cause: describeError(thrown.cause, depth + 1) }),
  };
};
