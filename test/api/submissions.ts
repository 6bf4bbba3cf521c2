/** What sources hand in, for every class of both controllers. */
import { instant } from '../../domain/time/instant.ts';

export const triggerAt = instant('2026-01-31T09:00:00Z');
/** A while after the trigger, when nothing of it is due yet. */
export const handedInAt = instant('2026-01-31T10:00:00Z');

const codiceFiscale = { kind: 'codice-fiscale', value: 'RSSMRA80A01H501U' };
const email = { kind: 'email', value: 'maria.rossi@example.it' };
const phone = { kind: 'phone', value: '+39 347 123 4567' };

export type TestSubmission = {
  readonly controller: string;
  readonly recordClass: string;
  readonly body: {
    readonly triggerAt?: string;
    readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
    readonly fields: Readonly<Record<string, unknown>>;
    readonly text?: string;
  };
};

/** One good submission of each class. */
export const submissions: readonly TestSubmission[] = [
  {
    controller: 'inps',
    recordClass: 'portal-interaction',
    body: { triggerAt, identifiers: [codiceFiscale], fields: { service: 'Estratto conto', authentication: 'spid' } },
  },
  {
    controller: 'inps',
    recordClass: 'chat',
    body: {
      triggerAt,
      identifiers: [codiceFiscale, email],
      fields: { counterpart: 'operator', claimNumber: 'INPS 7/12' },
      text: 'Buongiorno\u0000, quando arriva la mia pensione? 🙂',
    },
  },
  {
    controller: 'inps',
    recordClass: 'sms',
    body: {
      triggerAt,
      identifiers: [phone],
      fields: { senderKind: 'automated' },
      text: 'Il suo bonus è in pagamento.',
    },
  },
  {
    controller: 'inps',
    recordClass: 'call-recording',
    body: {
      triggerAt,
      identifiers: [codiceFiscale, phone],
      fields: { purpose: 'claim-processing', toldAt: triggerAt, announcementVersion: '3', claimNumber: 'INPS 7/12' },
    },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'booking',
    body: {
      triggerAt: '2026-03-10T09:30:00+01:00',
      identifiers: [phone, codiceFiscale],
      fields: { channel: 'phone-020202', service: 'Carta d’identità elettronica' },
      text: 'Maria Rossi, via Dante 1',
    },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'enquiry',
    body: { triggerAt, identifiers: [], fields: { channel: 'web-chat', enquiryKind: 'generic' }, text: 'Orari?' },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'survey-invitation',
    body: { identifiers: [email], fields: { purpose: 'infoline-quality', channel: 'email', sentAt: triggerAt } },
  },
];

/** The submission of a class. */
export const submissionOf = (recordClass: string): TestSubmission => {
  const found = submissions.find((one) => one.recordClass === recordClass);
  if (found === undefined) throw new Error(`There is no test submission of ${recordClass}`);
  return found;
};

export const recordPath = (controller: string, recordClass: string, sourceId: string): string =>
  `/controllers/${controller}/record-classes/${recordClass}/records/${sourceId}`;
