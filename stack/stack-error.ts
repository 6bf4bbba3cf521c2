// The failure of the stack that the person at the terminal can do something about.

/** Its message says what went wrong and what to do; it is shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
