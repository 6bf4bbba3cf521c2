/** The activities of the `notification` workflow: notify a recipient, remind it, hand over to staff (Art. 19). */
import { given } from '../../domain/given.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { isSettled } from '../../domain/recipient/notification.ts';
import { assertNever } from '../../domain/result.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import {
  noteAlert,
  noteAttempt,
  noteDelivered,
  noteForStaff,
  readNotification,
  readNotifiedRecords,
  type StoredNotification,
} from '../../storage/recipients/notifications.ts';
import { acknowledgementCode, webhookKey } from '../../storage/recipients/recipient-keys.ts';
import { forgetReferences } from '../../storage/recipients/references.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import type { NotificationActivities } from '../../workflows/notification/contract.ts';
import { failureOf } from '../failures.ts';
import { keptAlive } from '../heartbeat.ts';
import { deliverMail, type MailServer } from '../mail/deliver-mail.ts';
import { policyFor, type RequestDeps } from '../request/case-file/case-file.ts';
import { deliverWebhook, type WebhookOutcome } from './deliver-webhook.ts';
import { type MessageFacts, recipientMail, recipientWebhook } from './recipient-message.ts';

/** What notifying a recipient needs: the case, the mail server, and the address under which it can acknowledge. */
export type NotificationDeps = RequestDeps & {
  readonly mail: MailServer;
  /** Where the API is reached from outside, for acknowledgements; absent: recipients answer the DPO's office. */
  readonly publicUrl?: string;
  /** Whether webhooks may go without TLS: only where time travel is allowed. */
  readonly plainHttp: boolean;
  /** For tests that stop between a delivery and its note; in production it does nothing. */
  readonly afterDelivery?: (notificationId: string) => Promise<void>;
};

const found = async (deps: NotificationDeps, notificationId: string): Promise<StoredNotification> => {
  const notification = await readNotification(deps.database, notificationId);
  if (notification === undefined) throw failureOf('notification-unknown');
  return notification;
};

const referenceOf = async (deps: NotificationDeps, caseId: string): Promise<string> => {
  const file = await readCase(deps.database, caseId);
  if (file === undefined) throw failureOf('case-unknown');
  return file.state.reference;
};

const messageFacts = async (
  deps: NotificationDeps,
  notification: StoredNotification,
  policy: Policy,
  input: { readonly round: number; readonly now: MessageFacts['now'] },
): Promise<MessageFacts | undefined> => {
  const recipient = policy.recipients.find(({ id }) => id === notification.recipient);
  if (recipient === undefined) return undefined;
  const { database: db, sealing, publicUrl } = deps;
  return {
    ...input,
    notification,
    policy,
    recipient,
    reference: await referenceOf(deps, notification.caseId),
    records: await readNotifiedRecords({ db, sealing }, notification),
    acknowledgementCode: acknowledgementCode(sealing, notification.notificationId),
    ...given({ publicUrl }),
  };
};

const byMail = async (deps: NotificationDeps, facts: MessageFacts, address: string): Promise<WebhookOutcome> => {
  const outcome = await deliverMail(deps.mail, recipientMail(facts, address));
  switch (outcome) {
    case 'sent':
      return { kind: 'delivered' };
    case 'refused':
      return { kind: 'refused', problem: 'mailbox-refused' };
    case 'not-now':
      return { kind: 'not-now', problem: 'mail-server-away' };
    // Perhaps it arrived. A duty to notify is not met by a perhaps, and the mail says nothing of a person: sent again, under its own id.
    case 'unknown':
      return { kind: 'not-now', problem: 'mail-outcome-unknown' };
    default:
      return assertNever(outcome);
  }
};

const hand = async (deps: NotificationDeps, facts: MessageFacts): Promise<WebhookOutcome> => {
  const { notify } = facts.recipient;
  if (notify === undefined) return { kind: 'refused', problem: 'no-address' };
  return notify.kind === 'email'
    ? byMail(deps, facts, notify.address)
    : deliverWebhook({ key: webhookKey(deps.sealing), plainHttp: deps.plainHttp }, recipientWebhook(facts, notify.url));
};

const deliver = async (
  deps: NotificationDeps,
  { notificationId, round, now }: Parameters<NotificationActivities['deliverNotification']>[0],
): Promise<void> => {
  const { database: db } = deps;
  const notification = await found(deps, notificationId);
  // Noted by an earlier attempt, or settled by staff meanwhile.
  const done = round === 0 ? notification.state !== 'due' : notification.chased >= round || isSettled(notification);
  if (done) return;
  const facts = await messageFacts(deps, notification, policyFor(deps, notification.controller), { round, now });
  const outcome: WebhookOutcome =
    facts === undefined ? { kind: 'refused', problem: 'no-recipient' } : await hand(deps, facts);
  switch (outcome.kind) {
    case 'delivered':
      await deps.afterDelivery?.(notificationId);
      return noteDelivered(db, { notificationId, round, now });
    case 'refused':
      return noteForStaff(db, {
        notificationId,
        as: round === 0 ? 'refused' : 'unanswered',
        problem: outcome.problem,
        now,
      });
    case 'not-now':
      await noteAttempt(db, { notificationId, problem: outcome.problem, now });
      throw failureOf('recipient-unreachable');
    default:
      return assertNever(outcome);
  }
};

const whyStaff: Readonly<Partial<Record<StoredNotification['state'], string>>> = {
  'by-hand': 'la politica non indica un indirizzo: il destinatario va informato a mano',
  refused: 'il sistema del destinatario ha rifiutato la comunicazione',
  undeliverable: 'la comunicazione non è stata presa in carico entro una settimana',
  unanswered: 'il destinatario è stato informato ma non ha confermato nonostante i solleciti',
};

const inItalian: Readonly<Record<StoredNotification['what'], string>> = {
  rectified: 'rettifica',
  erased: 'cancellazione',
  restricted: 'limitazione',
  'restriction-lifted': 'revoca della limitazione',
  'processing-stopped': 'cessazione del trattamento',
};

const alert = async (
  deps: NotificationDeps,
  { notificationId, round, now }: Parameters<NotificationActivities['alertOffice']>[0],
): Promise<void> => {
  const notification = await found(deps, notificationId);
  const { state, alerts, caseId, controller, recipient, what, doneAt } = notification;
  const why = whyStaff[state];
  if (why === undefined || alerts >= round) return;
  const policy = policyFor(deps, controller);
  const to = policy.dpo.email ?? policy.office.email;
  if (to !== undefined) {
    const reference = await referenceOf(deps, caseId);
    const name = policy.recipients.find(({ id }) => id === recipient)?.name ?? recipient;
    const outcome = await deliverMail(deps.mail, {
      to,
      subject: `${reference}: destinatario da informare (art. 19)`,
      text: [
        `Richiesta: ${reference}`,
        `Destinatario: ${name}`,
        `Oggetto: ${inItalian[what]} del ${localDateAt(doneAt, policy.timeZone)}`,
        `Motivo: ${why}`,
        `Registrare l'esito nella richiesta (comunicazione ${notificationId}).`,
        '',
      ].join('\n'),
      messageId: `<notification-alert.${state}.${round}.${notificationId}@oblio>`,
      date: new Date(now),
    });
    // A second copy does no harm, a lost one might.
    if (outcome === 'not-now') throw failureOf('service-unreachable');
  }
  await noteAlert(deps.database, { notificationId, round, now });
};

/** Makes the activities; they run on the procedures queue. */
export const createNotificationActivities = (deps: NotificationDeps): NotificationActivities => ({
  readNotification: async ({ notificationId }) => {
    const { right, what, caseId, controller, recipient, ...rest } = await found(deps, notificationId);
    const { state, means, orderedAt, told, chased, chasedAt, staffSince, alerts } = rest;
    // Exactly what the workflow may know: nothing that staff wrote, nothing of the records.
    return {
      notificationId,
      caseId,
      reference: await referenceOf(deps, caseId),
      controller,
      right,
      what,
      recipient,
      state,
      means,
      orderedAt,
      chased,
      alerts,
      ...given({ told, chasedAt, staffSince }),
    };
  },
  deliverNotification: (input) => keptAlive(() => deliver(deps, input)),
  handToStaff: (input) => noteForStaff(deps.database, input),
  forgetReferences: ({ notificationId }) => forgetReferences(deps.database, notificationId),
  alertOffice: (input) => alert(deps, input),
});
