/**
 * Which suspensions have changed since their workflow was told. The intent to tell is the revision itself, so that nothing is
 * forgotten while Temporal is away; telling twice changes nothing, so no row is locked while Temporal is asked.
 */
import { sql } from 'kysely';
import { type ControllerId, controllerId, type SuspensionId, suspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension.ts';
import type { Database } from '../database.ts';

/** A suspension whose workflow must look at it again. */
export type SuspensionToTell = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly revision: number;
};

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
  if (rows.length === 0) return { taken: 0, told: 0 };
  const told = await tell(
    rows.map(({ id, controller, kind, revision }) => ({
      suspensionId: suspensionId(id),
      controller: controllerId(controller),
      kind,
      revision,
    })),
  );
  // A revision that came meanwhile stays to be told.
  await sql`
    UPDATE suspension SET workflow_revision = told.revision
    FROM unnest(${told.map((one) => one.suspensionId)}::uuid[], ${told.map((one) => one.revision)}::integer[]) AS told (id, revision)
    WHERE suspension.id = told.id AND suspension.workflow_revision < told.revision
  `.execute(db);
  return { taken: rows.length, told: told.length };
};
