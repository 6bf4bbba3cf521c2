import type { SuspensionKind } from './suspension.ts';

export const holdKinds = ['litigation-hold', 'legal-obligation'] as const satisfies readonly SuspensionKind[];
export type HoldKind = (typeof holdKinds)[number];

/** Whether a kind is one that legal teams handle and that puts the store's own lock on objects. */
export const isHoldKind = (kind: SuspensionKind): kind is HoldKind =>
  kind === 'litigation-hold' || kind === 'legal-obligation';
