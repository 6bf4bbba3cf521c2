/** Parts that several letters share: grounds, and records, erasures, backups and recipients as tables. */
import type {
  BackupLine,
  ClassDescription,
  ErasedLine,
  RecipientLine,
  RecordLine,
  StatedGround,
} from '../../domain/letter/letter-content.ts';
import type { Block, InlinePart, ListBlock, ParagraphBlock, RichText, TableRow } from '../document/model.ts';
import { cited } from './citations.ts';
import { groundText, whose } from './concerned.ts';
import { al, capital, il, type Writing } from './writing.ts';

const it = {
  inYourCase: { own: ' Nel Suo caso: ', other: ' In questo caso: ' },
  records: 'Registrazioni e data entro la quale ciascuna sarà cancellata',
  noRecords: 'Nessuna registrazione.',
  event: 'Data dell’evento',
  kind: 'Tipo di dati',
  by: 'Sarà cancellata entro',
  record: 'Codice della registrazione',
  suspended: 'cancellazione sospesa',
  afterAnswer: (date: string) => `dopo la consegna della risposta (termine: ${date})`,
  afterAnswerNote:
    'Dove si legge «dopo la consegna della risposta», il periodo di conservazione è terminato mentre la richiesta era in corso: la registrazione è stata conservata soltanto per rispondere e sarà cancellata quando la risposta Le sarà stata consegnata.',
  suspendedNote:
    'Dove si legge «cancellazione sospesa», la necessità di conservare i dati o una limitazione del trattamento impedisce per ora di cancellare: la registrazione può restare oltre la data indicata e sarà cancellata quando l’impedimento cessa.',
  erased: 'Registrazioni cancellate',
  erasedOn: 'Cancellata il',
  certificate: 'Certificato di cancellazione',
  backups:
    'Le copie di sicurezza (backup) possono contenere ancora questi dati fino alle date seguenti; se una copia dovesse essere ripristinata, i dati saranno cancellati di nuovo:',
  backup: (title: string, date: string) => `${title}: fino ${al(date)}`,
  recipientsTitle: 'Destinatari informati',
  recipientsIntro:
    'Abbiamo l’obbligo di informare i destinatari a cui i dati erano stati comunicati (art. 19 del Regolamento):',
  noRecipients: 'I dati non erano stati comunicati a destinatari da informare (art. 19 del Regolamento).',
  recipient: 'Destinatario',
  state: 'Esito',
  told: (date: string) => `informato ${il(date)}`,
  acknowledged: (date: string) => `informato; ha confermato ${il(date)}`,
  pending: 'comunicazione in corso',
  impossible: 'comunicazione impossibile: ',
  disproportionate: 'comunicazione non effettuata perché richiederebbe uno sforzo sproporzionato: ',
};
const en: typeof it = {
  inYourCase: { own: ' In your case: ', other: ' In this case: ' },
  records: 'Records, and the date by which each will be erased',
  noRecords: 'No records.',
  event: 'Date of the event',
  kind: 'Kind of data',
  by: 'Will be erased by',
  record: 'Record code',
  suspended: 'erasure suspended',
  afterAnswer: (date) => `after the answer is delivered (period ended: ${date})`,
  afterAnswerNote:
    'Where it says “after the answer is delivered”, the storage period ended while the request was being answered: the record was kept only for the answer and will be erased once the answer has been delivered to you.',
  suspendedNote:
    'Where it says “erasure suspended”, the need to preserve the data or a restriction of processing prevents erasure for now: the record may be kept beyond the date shown and will be erased when the impediment ends.',
  erased: 'Records erased',
  erasedOn: 'Erased on',
  certificate: 'Certificate of erasure',
  backups:
    'Backup copies may still contain these data until the following dates; should a backup be restored, the data will be erased again:',
  backup: (title, date) => `${title}: until ${date}`,
  recipientsTitle: 'Recipients informed',
  recipientsIntro: 'We must inform the recipients to whom the data had been disclosed (Art. 19 GDPR):',
  noRecipients: 'The data had not been disclosed to recipients who would have to be informed (Art. 19 GDPR).',
  recipient: 'Recipient',
  state: 'Outcome',
  told: (date) => `informed on ${date}`,
  acknowledged: (date) => `informed; confirmed on ${date}`,
  pending: 'being informed',
  impossible: 'could not be informed: ',
  disproportionate: 'not informed, because it would involve disproportionate effort: ',
};
const texts = { it, en };

/** A paragraph in the size of the text. */
export const paragraph = (text: RichText): ParagraphBlock => ({ kind: 'paragraph', text });

/** A heading; levels must not be skipped. */
export const heading = (level: 1 | 2 | 3, text: RichText): Block => ({ kind: 'heading', level, text });
/** Items of an enumeration, each ended as an enumeration asks. */
export const asItems = (items: readonly string[]): readonly string[] =>
  items.map((item, index) => `${item}${index === items.length - 1 ? '.' : ';'}`);

/** A list whose order says nothing. */
export const bullets = (items: ListBlock['items']): ListBlock => ({ kind: 'list', numbering: 'bullets', items });

/** Rows made as they are read, so that a long list is in memory once only; may be read more than once. */
export const rowsOf = <Item>(items: Iterable<Item>, row: (item: Item) => TableRow): Iterable<TableRow> => ({
  *[Symbol.iterator]() {
    for (const item of items) yield row(item);
  },
});

/** Each ground with its article, and why it applies to this person. */
export const groundsBlock = (writing: Writing, grounds: readonly StatedGround[]): Block =>
  bullets(
    grounds.map(({ code, citation, reasons }): readonly InlinePart[] => [
      `${capital(groundText(writing, code))} (${cited(writing.language, citation)}).`,
      ...(reasons === undefined
        ? []
        : [
            { kind: 'strong' as const, text: whose(writing, texts[writing.language].inYourCase) },
            writing.own(reasons),
          ]),
    ]),
  );

/** Records with the date by which each will be erased; a suspension is named without its matter. */
export const recordsBlocks = (
  { language, date, classTitle }: Writing,
  records: readonly RecordLine[],
  caption?: string,
): readonly Block[] => {
  const t = texts[language];
  return [
    {
      kind: 'table',
      caption: caption ?? t.records,
      columns: [
        { title: t.event, share: 17 },
        { title: t.kind, share: 20 },
        { title: t.by, share: 21 },
        { title: t.record, share: 42 },
      ],
      rows: rowsOf(records, ({ recordId, recordClass, eventOn, keptUntil, keptLonger, keptForAnswer }) => [
        date(eventOn),
        classTitle(recordClass),
        keptLonger
          ? `${date(keptUntil)} (${t.suspended})`
          : keptForAnswer
            ? t.afterAnswer(date(keptUntil))
            : date(keptUntil),
        recordId,
      ]),
      emptyText: t.noRecords,
      rowHeader: true,
    },
    ...(records.some(({ keptLonger }) => keptLonger) ? [paragraph(t.suspendedNote)] : []),
    ...(records.some(({ keptForAnswer }) => keptForAnswer) ? [paragraph(t.afterAnswerNote)] : []),
  ];
};

/** Records that are gone, with the certificate that proves it. */
export const erasedBlock = (
  { language, date, classTitle }: Writing,
  erased: readonly ErasedLine[],
  caption?: string,
): Block => {
  const t = texts[language];
  return {
    kind: 'table',
    caption: caption ?? t.erased,
    columns: [
      { title: t.erasedOn, share: 18 },
      { title: t.kind, share: 20 },
      { title: t.record, share: 31 },
      { title: t.certificate, share: 31 },
    ],
    rows: rowsOf(erased, ({ recordId, recordClass, erasedOn, certificate }) => [
      date(erasedOn),
      classTitle(recordClass),
      recordId,
      certificate,
    ]),
    emptyText: t.noRecords,
    rowHeader: true,
  };
};

/** Until when backups hold what was erased. */
export const backupBlocks = (
  { language, date, classTitle }: Writing,
  backups: readonly BackupLine[],
): readonly Block[] => {
  const t = texts[language];
  if (backups.length === 0) return [];
  return [
    paragraph(t.backups),
    bullets(backups.map(({ recordClass, until }) => t.backup(classTitle(recordClass), date(until)))),
  ];
};

const recipientState = ({ language, date, own }: Writing, { outcome }: RecipientLine): RichText => {
  const t = texts[language];
  switch (outcome.kind) {
    case 'told':
      return t.told(date(outcome.on));
    case 'acknowledged':
      return t.acknowledged(date(outcome.on));
    case 'pending':
      return t.pending;
    case 'impossible':
      return [t.impossible, own(outcome.reason)];
    case 'disproportionate':
      return [t.disproportionate, own(outcome.reason)];
  }
};

/** Which recipients were notified of what was done (Art. 19); says so where there are none. */
export const recipientsBlocks = (writing: Writing, recipients: readonly RecipientLine[]): readonly Block[] => {
  const t = texts[writing.language];
  if (recipients.length === 0) return [paragraph(t.noRecipients)];
  return [
    paragraph(t.recipientsIntro),
    {
      kind: 'table',
      caption: t.recipientsTitle,
      columns: [
        { title: t.recipient, share: 45 },
        { title: t.state, share: 55 },
      ],
      rows: rowsOf(recipients, (line) => [line.name, recipientState(writing, line)]),
      emptyText: t.noRecipients,
      rowHeader: true,
    },
  ];
};

/** Classes of data, each with what it is. */
export const classesBlock = ({ say }: Writing, classes: readonly ClassDescription[]): Block =>
  bullets(classes.map(({ title, description }) => [{ kind: 'strong', text: say(title) }, `: ${say(description)}.`]));
