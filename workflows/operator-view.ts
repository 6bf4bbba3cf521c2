/** What the pages of all workflows in the Temporal UI have in common. Without a word about a person (I7). */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';

/** `2031-05-20 07:12:33 UTC`, as an operator reads it. */
export const readable = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;

const same = (one: unknown, other: unknown): boolean =>
  one instanceof Date && other instanceof Date
    ? one.getTime() === other.getTime()
    : JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Brings search attributes up to date; one that has its value already is left out: each change is an event and a write to the lists. */
export const showAttributes = (wanted: readonly SearchAttributeUpdatePair[]): void => {
  const known = workflowInfo().typedSearchAttributes;
  const changed = wanted.filter(({ key, value }) => !same(known.get(key), value));
  if (changed.length > 0) upsertSearchAttributes(changed);
};
