/**
 * Holds: the suspensions that legal teams place, review and release, and that the object store enforces too. A dispute
 * (GDPR Art. 17(3)(e); the notices' "without prejudice to any disputes") or a legal duty to keep (17(3)(b)).
 */
import type { SuspensionId } from './ids.ts';
import type { SuspensionKind } from './suspension.ts';

export const holdKinds = ['litigation-hold', 'legal-obligation'] as const satisfies readonly SuspensionKind[];
export type HoldKind = (typeof holdKinds)[number];

/** Whether a kind is one that legal teams handle and that puts the store's own lock on objects. */
export const isHoldKind = (kind: SuspensionKind): kind is HoldKind =>
  kind === 'litigation-hold' || kind === 'legal-obligation';

/** How a suspension is named where people see what keeps a record: its kind and its id, nothing of the matter (I7). */
export const suspensionLabel = (kind: SuspensionKind, id: SuspensionId): string => `${kind}:${id}`;
