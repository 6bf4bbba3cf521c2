/** Which suspensions have changed since their workflow was signalled: the intent is the row's revision itself. */
import { sql } from 'kysely';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { markRevisions, type Outbox } from '../outbox/outbox.ts';

/** A suspension whose workflow must look at it again. */
export type SuspensionToSignal = {
  readonly id: SuspensionId;
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly revision: number;
};

/** Suspensions that changed: a hold when it is placed, any other when it ends. */
export const suspensionsToSignal: Outbox<SuspensionToSignal> = {
  table: 'suspension',
  take: (tx, limit) =>
    tx
      .selectFrom('suspension')
      .select(['id', 'controller', 'kind', 'revision'])
      .where(sql<boolean>`workflow_revision < revision`)
      .orderBy('effective_at')
      .limit(limit)
      .execute(),
  mark: markRevisions('suspension'),
};
