/** Access (Art. 15): everything of paragraphs 1 (a) to (h), 2 and 3, and the answer that nothing is held. */
import type {
  AccessFacts,
  AccessGranted,
  AccessPartlyGranted,
  AccessStatement,
  ErasedLine,
  NoDataHeld,
} from '../../domain/letter/letter-content.ts';
import type { Bilingual } from '../../domain/policy/policy.ts';
import { grounds } from '../../domain/request/course/grounds.ts';
import type { AccessRedaction } from '../../domain/request/decision/manifest.ts';
import type { Block, RichText } from '../document/model.ts';
import { basesInWords, cited } from './citations.ts';
import { groundText, whose } from './concerned.ts';
import {
  bullets,
  classesBlock,
  erasedBlock,
  groundsBlock,
  heading,
  paragraph,
  recordsBlocks,
  rowsOf,
} from './shared-blocks.ts';
import { capital, counted, type Writing } from './writing.ts';

const it = {
  purposes: 'Finalità',
  basis: 'Base giuridica',
  categories: 'Categorie di dati',
  recipients: 'Destinatari',
  noRecipients: 'nessuno',
  roles: { processor: 'responsabile del trattamento', controller: 'titolare autonomo', authority: 'autorità' },
  retention: 'Conservazione',
  source: 'Origine dei dati',
  copy: (records: string, files: string | undefined, recordings: string | undefined) =>
    `La copia dei dati (art. 15, par. 3, del Regolamento) accompagna questa lettera e comprende ${records}${files === undefined ? '' : ` e ${files}`}${recordings === undefined ? '' : `, di cui ${recordings}`}. Se i dati occupano poco spazio e questa lettera non è inviata con posta elettronica ordinaria, gli stessi file si trovano anche all’interno di questo PDF, come allegati.`,
  record: ['registrazione', 'registrazioni'],
  file: ['file allegato', 'file allegati'],
  recording: ['file audio', 'file audio'],
  rights:
    'Lei può chiedere la rettifica (art. 16) o la cancellazione (art. 17) dei dati, la limitazione del trattamento (art. 18) e opporsi al trattamento (art. 21 del Regolamento).',
  automated:
    'I dati non sono usati per decisioni basate unicamente su un trattamento automatizzato, compresa la profilazione (art. 22 del Regolamento).',
  noTransfers:
    'Non risultano trasferimenti dei dati verso Paesi terzi o organizzazioni internazionali (art. 15, par. 2, del Regolamento).',
  transfers:
    'I dati sono trasferiti verso Paesi terzi o organizzazioni internazionali con queste garanzie (art. 15, par. 2, del Regolamento):',
  notTied:
    'Di quanto segue non conserviamo dati che si possano ricondurre a una persona, e perciò non abbiamo potuto cercarne (art. 11 del Regolamento):',
  erasedBefore: 'Registrazioni cancellate alla scadenza, prima che la richiesta arrivasse',
  why: 'Perché una parte dei dati non è comunicata',
  withheld: 'Parti non comunicate',
  part: 'Che cosa manca',
  where: 'Dove',
  ground: 'Motivo',
  record1: 'Registrazione',
  kinds: {
    'whole-record': 'l’intera registrazione',
    passage: 'un passo del testo',
    object: 'un file',
    'segment-of-recording':
      'un tratto dell’audio (l’intera registrazione, dove il tratto non può essere sostituito da silenzio)',
  },
  noWithheld: 'Nessuna parte.',
  searched: {
    own: 'Abbiamo cercato i Suoi dati in tutte le categorie seguenti, senza trovarne:',
    other: 'Abbiamo cercato i dati di {name} in tutte le categorie seguenti, senza trovarne:',
  },
  otherContacts:
    'La ricerca è stata fatta con gli identificativi e i recapiti indicati nella richiesta. Se con noi sono stati usati altri recapiti, per esempio un altro numero di telefono o un altro indirizzo e-mail, ce li comunichi: ripeteremo la ricerca (art. 11, par. 2, del Regolamento).',
};
const en: typeof it = {
  purposes: 'Purposes',
  basis: 'Legal basis',
  categories: 'Categories of data',
  recipients: 'Recipients',
  noRecipients: 'none',
  roles: { processor: 'processor', controller: 'independent controller', authority: 'authority' },
  retention: 'Storage period',
  source: 'Source of the data',
  copy: (records, files, recordings) =>
    `The copy of the data (Art. 15(3) GDPR) accompanies this letter and comprises ${records}${files === undefined ? '' : ` and ${files}`}${recordings === undefined ? '' : `, of which ${recordings}`}. Where the data take up little space and this letter is not sent by ordinary e-mail, the same files are also inside this PDF, as attachments.`,
  record: ['record', 'records'],
  file: ['attached file', 'attached files'],
  recording: ['sound recording', 'sound recordings'],
  rights:
    'You may request rectification (Art. 16) or erasure (Art. 17) of the data and restriction of processing (Art. 18), and object to the processing (Art. 21 GDPR).',
  automated:
    'The data are not used for decisions based solely on automated processing, including profiling (Art. 22 GDPR).',
  noTransfers:
    'There are no known transfers of the data to third countries or international organisations (Art. 15(2) GDPR).',
  transfers:
    'The data are transferred to third countries or international organisations with these safeguards (Art. 15(2) GDPR):',
  notTied:
    'Of the following we hold no data that can be tied to a person, so that there was nothing to search (Art. 11 GDPR):',
  erasedBefore: 'Records erased when due, before the request arrived',
  why: 'Why a part of the data is withheld',
  withheld: 'Parts withheld',
  part: 'What is missing',
  where: 'Where',
  ground: 'Ground',
  record1: 'Record',
  kinds: {
    'whole-record': 'the whole record',
    passage: 'a passage of the text',
    object: 'a file',
    'segment-of-recording':
      'a segment of the sound (the whole recording, where the segment cannot be replaced by silence)',
  },
  noWithheld: 'No parts.',
  searched: {
    own: 'We searched all of the following categories for your data and found none:',
    other: 'We searched all of the following categories for data of {name} and found none:',
  },
  otherContacts:
    'We searched by the identifiers and contact details given in the request. If others were used with us, such as another telephone number or e-mail address, let us know them and we will search again (Art. 11(2) GDPR).',
};
const texts = { it, en };

const factsBlocks = (writing: Writing, facts: AccessFacts): readonly Block[] => {
  const { language, say } = writing;
  const t = texts[language];
  const listed = (items: readonly Bilingual[]): string => items.map(say).join('; ');
  const recipients = facts.recipients.map(({ name, role, purpose }) => `${name} (${t.roles[role]}): ${say(purpose)}`);
  return [
    heading(3, say(facts.title)),
    paragraph(`${say(facts.description).replace(/^./u, (first) => first.toUpperCase())}.`),
    {
      kind: 'definitions',
      rows: [
        { label: t.purposes, value: listed(facts.purposes) },
        { label: t.basis, value: basesInWords(writing, [facts.legalBasis, ...(facts.otherBases ?? [])]) },
        { label: t.categories, value: listed(facts.dataCategories) },
        { label: t.recipients, value: recipients.length === 0 ? t.noRecipients : recipients.join('; ') },
        {
          label: t.retention,
          value: [say(facts.retention.period), ...facts.retention.keptLongerFor.map(say)].join('; '),
        },
        { label: t.source, value: say(facts.source) },
      ],
    },
  ];
};

const notTiedBlocks = ({ language, say }: Writing, notTied: AccessStatement['notTied']): readonly Block[] =>
  notTied.length === 0
    ? []
    : [paragraph(texts[language].notTied), bullets(notTied.map(({ reason }) => `${capital(say(reason))}.`))];

const erasedBeforeBlocks = (writing: Writing, erased: readonly ErasedLine[]): readonly Block[] =>
  erased.length === 0 ? [] : [erasedBlock(writing, erased, texts[writing.language].erasedBefore)];

const statementBlocks = (writing: Writing, statement: AccessStatement): readonly Block[] => {
  const { language, say } = writing;
  const t = texts[language];
  const { copy, transfers } = statement;
  return [
    paragraph(
      t.copy(
        counted(language, copy.records, t.record[0] ?? '', t.record[1] ?? ''),
        copy.files === 0 ? undefined : counted(language, copy.files, t.file[0] ?? '', t.file[1] ?? ''),
        copy.recordings === 0
          ? undefined
          : counted(language, copy.recordings, t.recording[0] ?? '', t.recording[1] ?? ''),
      ),
    ),
    ...statement.facts.flatMap((facts) => factsBlocks(writing, facts)),
    ...recordsBlocks(writing, statement.records),
    ...erasedBeforeBlocks(writing, statement.erasedBefore),
    ...notTiedBlocks(writing, statement.notTied),
    ...(transfers.length === 0 ? [paragraph(t.noTransfers)] : [paragraph(t.transfers), bullets(transfers.map(say))]),
    paragraph(t.automated),
    paragraph(t.rights),
  ];
};

const withheldBlock = (writing: Writing, withheld: readonly AccessRedaction[]): Block => {
  const { language, own } = writing;
  const t = texts[language];
  return {
    kind: 'table',
    caption: t.withheld,
    columns: [
      { title: t.record1, share: 32 },
      { title: t.part, share: 20 },
      { title: t.where, share: 18 },
      { title: t.ground, share: 30 },
    ],
    rows: rowsOf(withheld, ({ recordId, what, where, ground }): readonly RichText[] => [
      recordId,
      t.kinds[what],
      [own(where)],
      `${groundText(writing, ground)} (${cited(language, grounds[ground].citation)})`,
    ]),
    emptyText: t.noWithheld,
    rowHeader: true,
  };
};

/**
 * The answer to a request for access: what Art. 15(1) and (2) demand, and, where it is given in part, the grounds and
 * what is withheld (Art. 15(4)).
 */
export const accessBlocks = (writing: Writing, answer: AccessGranted | AccessPartlyGranted): readonly Block[] =>
  answer.answer === 'access-granted'
    ? statementBlocks(writing, answer)
    : [
        paragraph(`${texts[writing.language].why}:`),
        groundsBlock(writing, answer.grounds),
        withheldBlock(writing, answer.withheld),
        ...statementBlocks(writing, answer),
      ];

/**
 * Says that nothing is held, where it was searched, what was erased before with its proof, and what could not be tied
 * to the person (Art. 11(2)).
 */
export const noDataBlocks = (writing: Writing, answer: NoDataHeld): readonly Block[] => [
  paragraph(whose(writing, texts[writing.language].searched)),
  classesBlock(writing, answer.searched),
  paragraph(texts[writing.language].otherContacts),
  ...erasedBeforeBlocks(writing, answer.erasedBefore),
  ...notTiedBlocks(writing, answer.notTied),
];
