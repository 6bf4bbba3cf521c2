/**
 * The mail by which a recipient hears of a rectification, erasure or restriction (Art. 19), and its reminder: plain text in Italian.
 * It names records by the ids under which the recipient has them, never the person and never what the records say (Art. 5(1)(c)).
 */

import type { Bilingual, Policy } from '../domain/policy/policy.ts';
import type { NoticeKind } from '../domain/recipient/notification.ts';
import type { LocalDate } from '../domain/time/local-date.ts';
import { recipientPhrases } from './texts/third-party-letters.ts';
import { capital, counted, dateInWords } from './texts/writing.ts';

/** What the mail says, in data. */
export type RecipientMail = {
  readonly policy: Policy;
  readonly recipientName: string;
  /** Reference of the rights request. */
  readonly reference: string;
  readonly what: NoticeKind;
  readonly doneOn: LocalDate;
  readonly acknowledgeBy: LocalDate;
  /** By class: the ids of the records. */
  readonly records: readonly { readonly title: Bilingual; readonly ids: readonly string[] }[];
  /** How the recipient confirms: a code, and the page where to enter it if there is one. */
  readonly acknowledgement: { readonly url?: string; readonly code: string };
  /** 0: the notification itself; otherwise which reminder. */
  readonly reminder: number;
};

const phrase = (text: string): string => text.replaceAll('’', "'");

const confirmation = ({ acknowledgement: { url, code }, policy }: RecipientMail): readonly string[] => {
  const office = policy.dpo.email ?? policy.office.email;
  return [
    ...(url === undefined ? [] : ['Per confermare aprite questa pagina e inserite il codice:', url, '']),
    ...(office === undefined
      ? []
      : [`${url === undefined ? 'Per confermare scrivete' : 'Oppure scrivete'} a ${office}.`]),
    `Codice: ${code}`,
  ];
};

/** Subject and text of the mail. The same facts give the same mail. */
export const writeRecipientMail = (mail: RecipientMail): { readonly subject: string; readonly text: string } => {
  const { policy, recipientName, reference, what, doneOn, acknowledgeBy, records, reminder } = mail;
  const subject = capital(phrase(recipientPhrases.subject));
  return {
    subject: `${reference}: ${reminder === 0 ? subject : `sollecito ${reminder} - ${subject}`}`,
    text: [
      `${policy.name} a ${recipientName}`,
      '',
      ...(reminder === 0
        ? []
        : ['Non abbiamo ancora ricevuto conferma della comunicazione che segue. Ve la inviamo di nuovo.', '']),
      phrase(recipientPhrases.told[what](dateInWords('it', doneOn))),
      phrase(recipientPhrases.act(dateInWords('it', acknowledgeBy), reference)),
      '',
      ...records.flatMap(({ title, ids }) => [
        `${capital(title.it)} (${counted('it', ids.length, 'registrazione', 'registrazioni')}):`,
        ...ids.map((id) => `- ${id}`),
        '',
      ]),
      ...confirmation(mail),
      '',
      'Se è impossibile o comporta uno sforzo sproporzionato adeguare i dati, indicate il motivo nella risposta.',
      `Le registrazioni sono indicate con il solo codice che Vi è noto, senza altri dati dell'interessato. Titolare: ${policy.name}, ${policy.office.address}.`,
      '',
    ].join('\n'),
  };
};
