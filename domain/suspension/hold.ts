/**
 * The suspensions that people place on purpose: disputes, and legal duties to keep recordings (INPS notice; Art.
 * 17(3)(b), (e)).
 */
import type { SuspensionKind } from './suspension.ts';

/** The kinds of suspension that legal teams place, change and release; the other two belong to rights requests. */
export const holdKinds = ['litigation-hold', 'legal-obligation'] as const satisfies readonly SuspensionKind[];

/** A kind of hold. */
export type HoldKind = (typeof holdKinds)[number];

/** Whether a kind is one that legal teams handle and that puts the store's own lock on objects. */
export const isHoldKind = (kind: SuspensionKind): kind is HoldKind =>
  kind === 'litigation-hold' || kind === 'legal-obligation';
