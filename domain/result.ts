/** How rules answer: a value or a reason, and a switch that leaves no case out. */

/**
 * What a rule answers when its input may be wrong: the value, or a reason a person can act on. Rules do not throw for bad
 * input; the border that received the input turns the reason into its own kind of answer.
 */
export type Result<Value, Failure = string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Failure };

/** A value that passed. */
export const success = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value });

/** A refusal with its reason. */
export const failure = <Failure>(reason: Failure): { readonly ok: false; readonly reason: Failure } => ({
  ok: false,
  reason,
});

/** The value, or a `RangeError` with the reason: for input that was checked before. */
export const valueOrThrow = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new RangeError(result.reason);
  return result.value;
};

/** The end of an exhaustive switch: a new case without a branch does not compile. */
export const assertNever = (value: never): never => {
  throw new TypeError(`Unhandled case: ${JSON.stringify(value)}`);
};
