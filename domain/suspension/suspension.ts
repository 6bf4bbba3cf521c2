/**
 * Suspensions keep records back from erasure: litigation hold, legal obligation to keep, restriction (Art. 18) and pending rights
 * request (Art. 15-21). Types only: workflows may import them at no cost.
 */
import type { SuspensionId } from '../ids.ts';

/** What may keep records back from erasure; the database's CHECK knows the same list. */
export const suspensionKinds = ['litigation-hold', 'legal-obligation', 'restriction', 'pending-request'] as const;

/** Why records are kept back. */
export type SuspensionKind = (typeof suspensionKinds)[number];

/** One suspension that keeps a record. */
export type KeepingSuspension = { readonly suspensionId: SuspensionId; readonly kind: SuspensionKind };

/** What suspensions keep of a set of records. */
export type KeptBack = {
  /** Records kept by at least one suspension. */
  readonly records: number;
  /** Records kept per kind; a record kept by two kinds counts in both. */
  readonly byKind: readonly { readonly kind: SuspensionKind; readonly records: number }[];
  /** How many suspensions keep something. */
  readonly suspensionCount: number;
  /** The first of them by id, at most `listedSuspensions`. */
  readonly suspensions: readonly KeepingSuspension[];
};

/** How many suspensions a summary names; the rest is counted. */
export const listedSuspensions = 50;

/** Nothing is kept back. */
export const nothingKept: KeptBack = { records: 0, byKind: [], suspensionCount: 0, suspensions: [] };

// The suspensions that people place on purpose: disputes, and legal duties to keep recordings (INPS notice; Art.
// 17(3)(b), (e)).

/** The kinds of suspension that legal teams place, change and release; the other two belong to rights requests. */
export const holdKinds = ['litigation-hold', 'legal-obligation'] as const satisfies readonly SuspensionKind[];

/** A kind of hold. */
export type HoldKind = (typeof holdKinds)[number];

/** Whether a kind is one that legal teams handle and that puts the store's own lock on objects. */
export const isHoldKind = (kind: SuspensionKind): kind is HoldKind =>
  kind === 'litigation-hold' || kind === 'legal-obligation';
