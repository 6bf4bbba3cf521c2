/**
 * The words of mails: the one that brings a letter (what is needed to recognise it, nothing of what the letter says: I7, Art. 5(1)(c)), the
 * reminder of a deadline to the DPO's office, and the transcript of a chat to the person who asked for it.
 */
import type { CaseLetter, LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { AlarmKind } from '../../domain/request/course/events.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import { al, dateInWords } from './writing.ts';

const it = {
  subject: (controller: string, protocol: string, reference: string) =>
    `${controller}: comunicazione prot. n. ${protocol}, rif. ${reference}`,
  attached: 'in allegato trova la nostra comunicazione.',
  linked:
    'la nostra comunicazione può essere aperta a questo indirizzo, con il codice che riceve per altra via dal nostro ufficio:',
  until: (day: string) => `L'indirizzo è valido fino ${al(day)}. Non inoltri questo messaggio.`,
  package: 'La copia dei Suoi dati può essere aperta a questo indirizzo, con il codice che riceve per altra via:',
  greeting: 'Gentile Signora, gentile Signore,',
  dpo: (address: string) => `Per ogni domanda: ${address}`,
};
const en: typeof it = {
  subject: (controller, protocol, reference) => `${controller}: letter no. ${protocol}, ref. ${reference}`,
  attached: 'please find our letter attached.',
  linked: 'our letter can be opened at this address, with the code that our office gives you another way:',
  until: (day) => `The address is valid until ${day}. Please do not forward this message.`,
  package: 'The copy of your data can be opened at this address, with the code that reaches you another way:',
  greeting: 'Dear Madam or Sir,',
  dpo: (address) => `For any question: ${address}`,
};

/** What a mail says. */
type MailText = { readonly subject: string; readonly text: string };

/** An address that opens something, and the last day on which it does. */
export type MailLink = { readonly url: string; readonly until: LocalDate; readonly opens: 'letter' | 'package' };

/** Subject and text of the mail; an English letter's mail says everything in Italian too. */
export const letterMailText = (content: CaseLetter, links: readonly MailLink[]): MailText => {
  const { letterhead, protocol, language } = content;
  const reference = 'request' in content ? content.request.reference : content.reference;
  const write = (t: typeof it, written: LetterLanguage): string =>
    [
      t.greeting,
      '',
      ...(links.some(({ opens }) => opens === 'letter') ? [] : [t.attached]),
      ...links.flatMap(({ url, until, opens }) => [
        opens === 'letter' ? t.linked : t.package,
        '',
        url,
        '',
        t.until(dateInWords(written, until)),
      ]),
      '',
      letterhead.controller.name,
      t.dpo(letterhead.dpo.email ?? letterhead.dpo.pec ?? letterhead.dpo.address),
      '',
    ].join('\n');
  const own = language === 'it' ? it : en;
  return {
    subject: own.subject(letterhead.controller.name, protocol.number, reference),
    text: language === 'it' ? write(it, 'it') : `${write(en, 'en')}\n${write(it, 'it')}`,
  };
};

const alarms: Readonly<Record<AlarmKind, string>> = {
  'target-reached': 'obiettivo interno raggiunto',
  'deadline-near': 'scadenza tra una settimana',
  'first-month-ends': 'un diniego va comunicato entro tre giorni',
  'deadline-tomorrow': 'scadenza domani',
  overdue: 'TERMINE SCADUTO',
  'restriction-review': 'limitazione da riesaminare',
  'held-erasure-review': 'cancellazione sospesa da riesaminare',
};

/** The reminder that a deadline of a case comes near or has passed: its reference, the right and the day, nothing about the person (I7). */
export const alarmMailText = (
  alarm: AlarmKind,
  { reference, right, day }: { readonly reference: string; readonly right: string; readonly day: LocalDate },
): MailText => ({
  subject: `${reference}: ${alarms[alarm]}`,
  text: `Richiesta ${reference}, diritto: ${right}.\nData di riferimento: ${day}.\n`,
});

/** The mail that brings the transcript of a chat, sent once (INPS notice, chat). */
export const transcriptMailText = (controller: string, endedOn: LocalDate, transcript: string): MailText => {
  const day = endedOn.split('-').reverse().join('/');
  return {
    subject: `${controller}: trascrizione della chat del ${day}`,
    text: [
      `Questa è la trascrizione della chat con ${controller} conclusa il ${day}.`,
      'Le viene inviata, una sola volta, perché durante la chat ha indicato questo indirizzo.',
      '',
      transcript,
      '',
      'Messaggio automatico: non è necessario rispondere.',
      '',
    ].join('\n'),
  };
};
