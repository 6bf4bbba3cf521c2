/** What keeps records back, as an operator may see it in Temporal: kinds and ids of suspensions, never a matter or a reason (I7). */
import type { KeptBack } from '../../domain/suspension/suspension.ts';

/** A search attribute is a short list; a unit of a day may be kept by thousands. */
const namedSuspensions = 10;

/** Kinds first, then the first suspensions by id. */
export const keptBy = ({ byKind, suspensions }: KeptBack): readonly string[] => [
  ...byKind.map(({ kind }) => kind),
  ...suspensions.slice(0, namedSuspensions).map(({ suspensionId }) => suspensionId),
];

/** Two such lists as one, each name once. */
export const together = (one: readonly string[], other: readonly string[]): readonly string[] => {
  const all = [...new Set([...one, ...other])];
  const isId = (name: string): boolean => /^[0-9a-f]{8}-/.test(name);
  return [...all.filter((name) => !isId(name)), ...all.filter(isId).slice(0, namedSuspensions)];
};
