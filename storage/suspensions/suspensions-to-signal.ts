/** Which suspensions have changed since their workflow was signalled: the intent is the row's revision itself. */
import { sql } from 'kysely';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import type { Database } from '../database/database.ts';
import { behind, markRevisions, type Outbox } from '../outbox/outbox.ts';

/** What the id of a suspension's workflow is made of. */
export type SuspensionWorkflow = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  /** Null where the workflow was started under the old id. */
  readonly number: number | null;
};

const workflowColumns = ['id as suspensionId', 'controller', 'number'] as const;

/** What the ids of these suspensions' workflows are made of, in the order of the ids. */
export const suspensionWorkflows = async (
  db: Database,
  ids: readonly SuspensionId[],
): Promise<readonly SuspensionWorkflow[]> => {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('suspension')
    .select(workflowColumns)
    .where('id', 'in', [...ids])
    .execute();
  const found = new Map(rows.map((row) => [row.suspensionId, row]));
  return ids.flatMap((id) => found.get(id) ?? []);
};

/** A suspension whose workflow must look at it again. */
export type SuspensionToSignal = SuspensionWorkflow & {
  readonly id: SuspensionId;
  readonly kind: SuspensionKind;
  readonly revision: number;
};

/** Suspensions that changed: a hold when it is placed, any other when it ends. */
export const suspensionsToSignal: Outbox<SuspensionToSignal> = {
  table: 'suspension',
  idOf: ({ id }) => id,
  take: (tx, { limit, after }) =>
    tx
      .selectFrom('suspension')
      .select([...workflowColumns, 'id', 'kind', 'revision'])
      .where(sql<boolean>`workflow_revision < revision`)
      .where(behind('suspension', 'effective_at', after))
      .orderBy('effective_at')
      .orderBy('id')
      .limit(limit)
      .execute(),
  mark: markRevisions('suspension'),
};
