/** The end of an exhaustive switch: a new case that nobody handles does not compile. */
export const assertNever = (value: never): never => {
  throw new TypeError(`Unhandled case: ${JSON.stringify(value)}`);
};
