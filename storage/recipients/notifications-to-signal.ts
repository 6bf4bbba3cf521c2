/** Which notifications changed since their workflow was signalled, new ones included; and which must have a workflow. */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';
import { behind, markRevisions, type Outbox } from '../outbox/outbox.ts';

/** A notification whose workflow does not know its latest revision. */
export type NotificationToSignal = {
  readonly id: string;
  readonly controller: ControllerId;
  readonly recipient: string;
  readonly revision: number;
};

/** Notifications that changed or are new. */
export const notificationsToSignal: Outbox<NotificationToSignal> = {
  table: 'recipient_notification',
  idOf: ({ id }) => id,
  take: (tx, { limit, after }) =>
    tx
      .selectFrom('recipient_notification')
      .select(['id', 'controller', 'recipient', 'revision'])
      .where(sql<boolean>`workflow_revision < revision`)
      .where(behind('recipient_notification', 'ordered_at', after))
      .orderBy('ordered_at')
      .orderBy('id')
      .limit(limit)
      .execute(),
  mark: markRevisions('recipient_notification'),
};

/** Ids of the notifications that are not settled and whose workflow was signalled: what the sweep compares with the running workflows. */
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

/** Has the workflows of these notifications signalled again, and so started where they are missing; how many. */
export const markNotificationsToSignal = async (db: Database, ids: readonly string[]): Promise<number> => {
  if (ids.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('recipient_notification')
    .set({ workflow_revision: 0 })
    .where('id', 'in', [...ids])
    .executeTakeFirst();
  return Number(numUpdatedRows);
};
