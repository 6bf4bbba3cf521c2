/** Which suspensions have changed since their workflow was told (`tell-changed.ts`). */
import { sql } from 'kysely';
import { type ControllerId, controllerId, type SuspensionId, suspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import type { Database } from '../database/database.ts';
import { tellChanged } from '../units/tell-changed.ts';

/** A suspension whose workflow must look at it again. */
export type SuspensionToTell = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly revision: number;
};

/** How many are told at once, and how. */
export type TellWorkflowsInput = {
  readonly limit?: number;
  /** Tells the workflows; answers which of them know now. */
  readonly tell: (suspensions: readonly SuspensionToTell[]) => Promise<readonly SuspensionToTell[]>;
};

/** Tells up to `limit` workflows; how many were to be told, and how many were. */
export const tellWorkflows = async (
  db: Database,
  { limit = 200, tell }: TellWorkflowsInput,
): Promise<{ readonly taken: number; readonly told: number }> => {
  const rows = await db
    .selectFrom('suspension')
    .select(['id', 'controller', 'kind', 'revision'])
    .where(sql<boolean>`workflow_revision < revision`)
    .orderBy('effective_at')
    .limit(limit)
    .execute();
  return tellChanged(db, {
    table: 'suspension',
    changed: rows.map(({ id, controller, kind, revision }) => ({
      suspensionId: suspensionId(id),
      controller: controllerId(controller),
      kind,
      revision,
    })),
    idOf: (suspension) => suspension.suspensionId,
    tell,
  });
};
