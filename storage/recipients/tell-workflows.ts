/** Which notifications changed since their workflow was told, new ones included (`tell-changed.ts`); and which must have one. */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';
import { tellChanged } from '../units/tell-changed.ts';

/** A notification whose workflow does not know its latest revision. */
export type NotificationToTell = {
  readonly notificationId: string;
  readonly controller: ControllerId;
  readonly recipient: string;
  readonly revision: number;
};

/** How many are told at once, and how. */
export type TellNotificationsInput = {
  readonly limit?: number;
  /** Only those of one case. */
  readonly caseId?: string;
  /** Tells the workflows, starting those that are not there; answers which of them know now. */
  readonly tell: (notifications: readonly NotificationToTell[]) => Promise<readonly NotificationToTell[]>;
};

/** Tells up to `limit` workflows; how many were to be told, and how many were. */
export const tellNotifications = async (
  db: Database,
  { limit = 200, caseId, tell }: TellNotificationsInput,
): Promise<{ readonly taken: number; readonly told: number }> => {
  const rows = await db
    .selectFrom('recipient_notification')
    .select(['id', 'controller', 'recipient', 'revision'])
    .where(sql<boolean>`workflow_revision < revision`)
    .$if(caseId !== undefined, (query) => query.where('case_id', '=', caseId ?? ''))
    .orderBy('ordered_at')
    .limit(limit)
    .execute();
  return tellChanged(db, {
    table: 'recipient_notification',
    changed: rows.map(({ id, controller, recipient, revision }) => ({
      notificationId: id,
      controller,
      recipient,
      revision,
    })),
    idOf: ({ notificationId }) => notificationId,
    tell,
  });
};

/** Ids of the notifications that are not settled and whose workflow was told: what the sweep compares with the running workflows. */
export const openNotificationIds = async (
  db: Database,
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db
    .selectFrom('recipient_notification')
    .select('id')
    .where('workflow_revision', '>', 0)
    .where('state', 'not in', ['acknowledged', 'impossible', 'disproportionate'])
    .where(sql<boolean>`NOT (state = 'told' AND told_by = 'by-hand')`)
    .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Has the workflows of these notifications told again, and so started where they are missing; how many. */
export const markNotificationsToTell = async (db: Database, ids: readonly string[]): Promise<number> => {
  if (ids.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('recipient_notification')
    .set({ workflow_revision: 0 })
    .where('id', 'in', [...ids])
    .executeTakeFirst();
  return Number(numUpdatedRows);
};
