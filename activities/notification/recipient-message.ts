/**
 * What a recipient is sent: a mail, or a webhook's body. Made where it is sent and nowhere else; from the same facts it is the same,
 * so that a second copy of a message is recognised by its key (I9).
 */

import type { Policy, Recipient } from '../../domain/policy/policy.ts';
import { chaseEveryDays } from '../../domain/recipient/notification.ts';
import { rightKind, rights } from '../../domain/request/course/rights.ts';
import { addDays, localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { writeRecipientMail } from '../../letters/recipient-mail.ts';
import { canonicalJson } from '../../storage/audit/canonical-json.ts';
import type { NotifiedRecord, StoredNotification } from '../../storage/recipients/notifications.ts';
import type { Mail } from '../mail/deliver-mail.ts';
import type { WebhookMessage } from './deliver-webhook.ts';

/** All that a message is made from. `round` 0 notifies, further rounds remind. */
export type MessageFacts = {
  readonly notification: StoredNotification;
  readonly policy: Policy;
  readonly recipient: Recipient;
  /** Reference of the rights request. */
  readonly reference: string;
  readonly records: readonly NotifiedRecord[];
  readonly acknowledgementCode: string;
  /** Where the API is reached from outside; absent: the recipient answers the DPO's office. */
  readonly publicUrl?: string;
  readonly round: number;
  readonly now: Instant;
};

/** Names one message about a notification: the same for every attempt at it. */
const messageKey = (notificationId: string, round: number): string => `${notificationId}.${round}`;

/** Where a recipient acknowledges: a page for people, which also takes the POST of a machine. The code is never part of it. */
const acknowledgementUrl = (publicUrl: string, notificationId: string): string =>
  `${publicUrl.replace(/\/$/, '')}/acknowledgements/${notificationId}`;

const dates = ({ notification, policy, round }: MessageFacts) => ({
  doneOn: localDateAt(notification.doneAt, policy.timeZone),
  acknowledgeBy: addDays(localDateAt(notification.orderedAt, policy.timeZone), chaseEveryDays * (round + 1)),
});

/** The mail to a recipient. */
export const recipientMail = (facts: MessageFacts, to: string): Mail => {
  const { notification, policy, recipient, reference, records, acknowledgementCode: code, publicUrl, round } = facts;
  const { notificationId, what } = notification;
  const { doneOn, acknowledgeBy } = dates(facts);
  const byClass = Map.groupBy(records, ({ recordClass }) => recordClass);
  const { subject, text } = writeRecipientMail({
    policy,
    recipientName: recipient.name,
    reference,
    what,
    doneOn,
    acknowledgeBy,
    records: [...byClass].map(([recordClass, those]) => ({
      title: policy.recordClasses.find(({ id }) => id === recordClass)?.title ?? { it: recordClass, en: recordClass },
      ids: those.map(({ sourceId, recordId }) => sourceId ?? recordId),
    })),
    acknowledgement: {
      code,
      ...(publicUrl === undefined ? {} : { url: acknowledgementUrl(publicUrl, notificationId) }),
    },
    reminder: round,
  });
  return {
    to,
    subject,
    text,
    messageId: `<notification.${messageKey(notificationId, round)}@oblio>`,
    date: new Date(facts.now),
  };
};

/** The webhook to a recipient. */
export const recipientWebhook = (facts: MessageFacts, url: string): WebhookMessage => {
  const { notification, reference, records, acknowledgementCode: code, publicUrl, round, now } = facts;
  const { notificationId, controller, right, what } = notification;
  return {
    url,
    idempotencyKey: messageKey(notificationId, round),
    now,
    body: canonicalJson({
      type: 'recipient-notification',
      version: 1,
      notification: notificationId,
      reminder: round,
      controller,
      reference,
      what,
      article: rights[rightKind(right)].article,
      ...dates(facts),
      records: records.map((record) => ({ ...record })),
      acknowledgement: {
        code,
        ...(publicUrl === undefined ? {} : { url: acknowledgementUrl(publicUrl, notificationId) }),
      },
    }),
  };
};
