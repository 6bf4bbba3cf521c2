/**
 * What the log may know of an error. Messages are left out: a database error quotes the values it met, a parser the text it
 * read (I7). Names, codes and stack frames are enough to find the place.
 */

/** An error without anything it quotes. */
export type ErrorDescription = {
  readonly name: string;
  /** SQLSTATE, errno name or library code. */
  readonly code?: string;
  /** Database constraint, table and routine, all names of ours. */
  readonly constraint?: string;
  readonly table?: string;
  readonly frames: readonly string[];
  readonly cause?: ErrorDescription;
};

const text = (error: object, name: string): string | undefined => {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' && /^[\w-]{1,60}$/.test(value) ? value : undefined;
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

/** Describes anything that was thrown. */
export const describeError = (error: unknown, depth = 0): ErrorDescription => {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const [code, constraint, table] = [text(error, 'code'), text(error, 'constraint'), text(error, 'table')];
  return {
    name: nameOf(error),
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(table === undefined ? {} : { table }),
    frames: framesOf(error),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
};
