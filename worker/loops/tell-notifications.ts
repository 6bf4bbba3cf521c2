/** Tells workflows of notifications (Art. 19) what has changed, starting those that are not there: what an activity could not do at once. */
import type { Client } from '@temporalio/client';
import { tellNotification } from '../../activities/notification/tell-notifications.ts';
import type { NotificationToTell } from '../../storage/recipients/tell-workflows.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { startMany } from './start-many.ts';

/** Temporal's client and the prefix of the queues on which notifications run. */
export type TellNotificationsDeps = {
  readonly client: Client;
  readonly queuePrefix: string;
  /** Told of one that could not be told though Temporal answers; it stays to be told. */
  readonly onRefused: (notificationId: string, error: unknown) => void;
};

/** Tells many; answers which know now. Rejects when Temporal is away. */
export const tellNotificationWorkflows = (
  { client, queuePrefix, onRefused }: TellNotificationsDeps,
  notifications: readonly NotificationToTell[],
): Promise<readonly NotificationToTell[]> =>
  startMany({
    client,
    items: notifications,
    start: (notification) => tellNotification({ client, taskQueue: proceduresQueue(queuePrefix) }, notification),
    onRefused: ({ notificationId }, error) => onRefused(notificationId, error),
  });
