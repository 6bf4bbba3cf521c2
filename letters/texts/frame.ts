/** What every letter has around its text: references, greeting, remedies, contacts, signature (law.md section 5). */
import type { Addressee, LetterContent, LetterLanguage, SubjectFrame } from '../../domain/letter/letter-content.ts';
import type { Block, LayoutWords, Recipient, RichText } from '../document/model.ts';
import { whose } from './concerned.ts';
import { rightWithArticle } from './rights.ts';
import { heading, paragraph } from './shared-blocks.ts';
import { del, enumeration, il, type Writing } from './writing.ts';

type Delivery = Addressee['delivery']['kind'];

const it = {
  layout: { page: 'Pagina', of: 'di', continued: 'segue' },
  protocol: 'Protocollo',
  protocolValue: (number: string, date: string) => `n. ${number} ${del(date)}`,
  date: 'Data',
  request: 'Riferimento',
  requestValue: (reference: string, date: string) => `${reference}, richiesta ricevuta ${il(date)}`,
  delivery: { pec: 'Via PEC', email: 'Via e-mail', post: 'Per posta', counter: 'Consegna a mano' } satisfies Record<
    Delivery,
    string
  >,
  representing: 'per conto di',
  subject: 'Oggetto: ',
  greeting: (name: string) => `Gentile ${name},`,
  greetingOffice: (name: string) => `Spett.le ${name},`,
  channels: {
    pec: 'via PEC',
    email: 'via e-mail',
    post: 'per posta',
    counter: 'allo sportello',
    portal: 'tramite il portale',
    phone: 'per telefono',
  },
  opening: (date: string, channel: string, reference: string, rights: string) =>
    `Le scriviamo in merito alla richiesta, presentata ai sensi del Regolamento (UE) 2016/679, che abbiamo ricevuto ${channel} ${il(date)} (riferimento ${reference}) e che riguarda: ${rights}.`,
  openingOfOthers: {
    represented: (date: string, channel: string, reference: string, rights: string, name: string) =>
      `Le scriviamo in merito alla richiesta, presentata per conto di ${name} ai sensi del Regolamento (UE) 2016/679, che abbiamo ricevuto ${channel} ${il(date)} (riferimento ${reference}) e che riguarda: ${rights}.`,
    deceased: (date: string, channel: string, reference: string, rights: string, name: string) =>
      `Le scriviamo in merito alla richiesta sui dati di ${name}, persona deceduta, presentata ai sensi dell’art. 2-terdecies del Codice, che abbiamo ricevuto ${channel} ${il(date)} (riferimento ${reference}) e che riguarda questi diritti previsti dal Regolamento (UE) 2016/679: ${rights}.`,
  },
  openingOfMessage: (date: string, channel: string, reference: string) =>
    `Le scriviamo in merito al Suo messaggio, che abbiamo ricevuto ${channel} ${il(date)} (riferimento ${reference}).`,
  remediesTitle: 'Contatti, reclamo e ricorso',
  free: 'Questa comunicazione e l’esercizio dei diritti sono gratuiti (art. 12, par. 5, del Regolamento).',
  dpo: 'Per ogni domanda può scrivere al Responsabile della protezione dei dati (RPD): ',
  complaint:
    'Può proporre reclamo al Garante per la protezione dei dati personali (art. 77 del Regolamento; artt. da 140-bis a 143 del Codice; ',
  court: (seat: string) =>
    `) oppure, in alternativa, ricorso al giudice ordinario (art. 79 del Regolamento; art. 152 del Codice; art. 10 del D.Lgs. 150/2011): il ${seat}, dove ha sede il titolare, o il tribunale del luogo `,
  residence: { own: 'in cui Lei risiede.', other: 'in cui risiede l’interessato.' },
  garante: 'Sito web del Garante per la protezione dei dati personali',
  legend: '«Regolamento» è il Regolamento (UE) 2016/679 (GDPR); «Codice» è il D.Lgs. 30 giugno 2003, n. 196.',
  dpoContact: 'Responsabile della protezione dei dati (RPD): ',
  closing: 'Distinti saluti',
};
const en: typeof it = {
  layout: { page: 'Page', of: 'of', continued: 'continued' },
  protocol: 'Protocol',
  protocolValue: (number, date) => `no. ${number} of ${date}`,
  date: 'Date',
  request: 'Reference',
  requestValue: (reference, date) => `${reference}, request received on ${date}`,
  delivery: { pec: 'By certified e-mail (PEC)', email: 'By e-mail', post: 'By post', counter: 'By hand' },
  representing: 'on behalf of',
  subject: 'Subject: ',
  greeting: (name) => `Dear ${name},`,
  greetingOffice: () => 'Dear Sir or Madam,',
  channels: {
    pec: 'by certified e-mail (PEC)',
    email: 'by e-mail',
    post: 'by post',
    counter: 'at our counter',
    portal: 'through the portal',
    phone: 'by telephone',
  },
  opening: (date, channel, reference, rights) =>
    `We are writing about the request that reached us ${channel} on ${date} (reference ${reference}) under Regulation (EU) 2016/679 (GDPR), concerning: ${rights}.`,
  openingOfOthers: {
    represented: (date, channel, reference, rights, name) =>
      `We are writing about the request, made on behalf of ${name}, that reached us ${channel} on ${date} (reference ${reference}) under Regulation (EU) 2016/679 (GDPR), concerning: ${rights}.`,
    deceased: (date, channel, reference, rights, name) =>
      `We are writing about the request on the data of ${name}, who has died, made under Art. 2-terdecies of the Italian Privacy Code. It reached us ${channel} on ${date} (reference ${reference}) and concerns these rights of Regulation (EU) 2016/679 (GDPR): ${rights}.`,
  },
  openingOfMessage: (date, channel, reference) =>
    `We are writing about your message, which reached us ${channel} on ${date} (reference ${reference}).`,
  remediesTitle: 'Contacts, complaint and court',
  free: 'This letter and the exercise of your rights are free of charge (Art. 12(5) GDPR).',
  dpo: 'For any question you can write to the Data Protection Officer (DPO): ',
  complaint:
    'You may lodge a complaint with the Garante per la protezione dei dati personali (Art. 77 GDPR; Arts. 140-bis to 143 of the Italian Privacy Code; ',
  court: (seat) =>
    `) or, alternatively, bring an action before the ordinary court (Art. 79 GDPR; Art. 152 of the Italian Privacy Code; Art. 10 of Legislative Decree 150/2011): the ${seat}, where the controller has its seat, or the court of the place where `,
  residence: { own: 'you live.', other: 'the data subject lives.' },
  garante: 'Website of the Garante per la protezione dei dati personali',
  legend:
    '“GDPR” is Regulation (EU) 2016/679; the “Italian Privacy Code” is Legislative Decree no. 196 of 30 June 2003.',
  dpoContact: 'Data Protection Officer (DPO): ',
  closing: 'Yours sincerely,',
};
const texts: Readonly<Record<LetterLanguage, typeof it>> = { it, en };

/** The words of the layout in the letter's language. */
export const layoutWords = ({ language }: Writing): LayoutWords => texts[language].layout;

const office = (contact: { address: string; email?: string; pec?: string }): string =>
  [contact.address, contact.email, contact.pec === undefined ? undefined : `PEC ${contact.pec}`]
    .filter((part) => part !== undefined)
    .join(' · ');

/** Address, e-mail and PEC of the controller in one line. */
export const letterheadLines = ({ letterhead }: LetterContent): readonly string[] => [office(letterhead.controller)];

/** Protocol number, date and the request that is answered, as they stand beside the address (DPR 445/2000 art. 53). */
export const references = ({ language, date }: Writing, content: LetterContent) => {
  const t = texts[language];
  return [
    { label: t.protocol, value: t.protocolValue(content.protocol.number, date(content.protocol.date)) },
    { label: t.date, value: date(content.date) },
    ...('request' in content
      ? [{ label: t.request, value: t.requestValue(content.request.reference, date(content.request.receivedOn)) }]
      : []),
  ];
};

/** The address block: who, for whom where they act for another person, by which way and to which address. */
export const recipientOf = ({ language }: Writing, { name, representing, delivery }: Addressee): Recipient => {
  const t = texts[language];
  const who = [name, ...(representing === undefined ? [] : [`${t.representing} ${representing}`])];
  const way = t.delivery[delivery.kind];
  switch (delivery.kind) {
    case 'pec':
    case 'email':
      return { channel: way, lines: [...who, delivery.address] };
    case 'post':
      return { channel: way, lines: [...who, ...delivery.lines] };
    case 'counter':
      return { channel: way, lines: who };
  }
};

/** The line above the greeting. */
export const subjectLine = ({ language }: Writing, subject: string): string => `${texts[language].subject}${subject}`;

/** Which letter of whom a page belongs to, so that a lone sheet can be recognised. */
export const footerText = ({ language, date }: Writing, { letterhead, protocol }: LetterContent): string =>
  `${letterhead.controller.name} · ${texts[language].protocol} ${texts[language].protocolValue(protocol.number, date(protocol.date))}`;

const linkToGarante = (description: string): RichText[number] => ({
  kind: 'link',
  text: 'www.garanteprivacy.it',
  url: 'https://www.garanteprivacy.it/',
  description,
});

/** Greeting and the request a letter answers. */
export const openingBlocks = (writing: Writing, content: LetterContent): readonly Block[] => {
  const t = texts[writing.language];
  const greeting = paragraph(
    content.audience === 'subject' ? t.greeting(content.addressee.name) : t.greetingOffice(content.addressee.name),
  );
  if (!('request' in content)) return [greeting];
  const { receivedOn, channel, reference, rights } = content.request;
  const date = writing.date(receivedOn);
  if (rights.length === 0) return [greeting, paragraph(t.openingOfMessage(date, t.channels[channel], reference))];
  const named = enumeration(
    writing.language,
    rights.map((right) => rightWithArticle(writing, right)),
  );
  const about = writing.concerning;
  const opening =
    about === undefined
      ? t.opening(date, t.channels[channel], reference, named)
      : t.openingOfOthers[about.kind](date, t.channels[channel], reference, named, about.name);
  return [greeting, paragraph(opening)];
};

const remedyBlocks = (writing: Writing, { letterhead, remedies }: SubjectFrame): readonly Block[] => {
  const t = texts[writing.language];
  return [
    heading(2, t.remediesTitle),
    paragraph(t.free),
    paragraph(`${t.dpo}${office(letterhead.dpo)}.`),
    { ...paragraph(t.legend), size: 'small' },
    paragraph([t.complaint, linkToGarante(t.garante), `${t.court(remedies.court.seat)}${whose(writing, t.residence)}`]),
  ];
};

/** Added paragraphs, contacts and remedies, signature. */
export const closingBlocks = (writing: Writing, content: LetterContent): readonly Block[] => {
  const t = texts[writing.language];
  return [
    ...content.addedParagraphs.map((added) => paragraph([writing.own(added)])),
    ...(content.audience === 'subject'
      ? remedyBlocks(writing, content)
      : [paragraph(`${t.dpoContact}${office(content.letterhead.dpo)}.`)]),
    { kind: 'signature', closing: t.closing, lines: [content.signatory.office, content.signatory.name] },
  ];
};
