/** What a package says in its index and its marks, in Italian and English. */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import { grounds } from '../../domain/request/course/grounds.ts';
import { cited } from '../texts/citations.ts';
import { groundTexts } from '../texts/grounds.ts';
import type { PackageVariant, RecordStatus, Withheld } from './model.ts';

// Neutral on whose data they are: a package also goes to representatives, and to those who ask about a person who has died.
const it = {
  title: {
    access: 'Copia dei dati personali',
    portability: 'Dati personali per un altro servizio',
  } satisfies Record<PackageVariant, string>,
  article: {
    access: 'art. 15, par. 3, del Regolamento (UE) 2016/679',
    portability: 'art. 20 del Regolamento (UE) 2016/679',
  },
  controller: 'Titolare del trattamento',
  contact: 'Responsabile della protezione dei dati',
  reference: 'Richiesta',
  frozenAt: 'Dati conservati al momento della ricerca',
  letter: 'Lettera di risposta (PDF)',
  readme: 'Come sono fatti questi file (testo)',
  contents: 'Che cosa contiene',
  recordClass: 'Categoria',
  records: 'Registrazioni',
  included: 'Comunicate',
  asTable: 'Tabella (CSV)',
  asData: 'Dati (JSON)',
  asPages: 'Pagine da leggere',
  page: (page: number, pages: number) => `pagina ${page} di ${pages}`,
  nothing: 'Nessuna registrazione.',
  number: 'N.',
  when: 'Quando',
  keptUntil: 'Conservata fino al',
  keptLonger: 'sospesa: può essere conservata oltre questa data',
  words: 'Contenuto',
  files: 'File',
  status: 'Stato',
  text: 'Testo',
  statement: 'Dichiarazione integrativa (art. 16 del Regolamento)',
  transcript: 'conversazione (testo)',
  statuses: {
    included: 'comunicata',
    'changed-since-search': 'comunicata come è adesso: è stata modificata dopo la ricerca',
    withheld: 'non comunicata',
    restricted: 'non comunicata: è sottoposta a limitazione del trattamento (art. 18 del Regolamento)',
    'erased-since-search': 'cancellata dopo la ricerca',
  } satisfies Record<RecordStatus, string>,
  certificate: 'certificato di cancellazione',
  wordsWithheld: 'Il contenuto non è comunicato.',
  silenced: 'con silenzio al posto di',
  wholeRecording: 'la registrazione intera, perché il tratto non può essere sostituito da silenzio',
  earlierCopy:
    'una copia dei dati preparata per un’altra Sua richiesta; non è ripetuta dentro questa, e fino al giorno in cui è cancellata Lei può chiederla al responsabile della protezione dei dati',
  notHeld: 'il file non è più conservato come era al momento della ricerca',
  withheld: 'Non comunicato',
  mark: (ground: string) => `[omesso: ${ground}]`,
  kinds: {
    'whole-record': 'l’intera registrazione',
    passage: 'un passo del testo',
    object: 'un file',
    'segment-of-recording': 'un tratto dell’audio',
  } satisfies Record<Withheld['what'], string>,
  erasedBefore: 'Cancellate alla scadenza, prima che la richiesta arrivasse',
  erasedOn: 'Cancellata il',
  record: 'Registrazione',
  identifiers: 'Identificativi',
  back: 'Torna all’indice',
  skip: 'Vai al contenuto',
  previous: 'Pagina precedente',
  next: 'Pagina successiva',
  check: 'Per controllare che i file siano integri: sha256sum -c SHA256SUMS',
};
const en: typeof it = {
  title: { access: 'Copy of the personal data', portability: 'Personal data for another service' },
  article: { access: 'Art. 15(3) of Regulation (EU) 2016/679', portability: 'Art. 20 of Regulation (EU) 2016/679' },
  controller: 'Controller',
  contact: 'Data protection officer',
  reference: 'Request',
  frozenAt: 'Data held at the time of the search',
  letter: 'Letter of reply (PDF)',
  readme: 'How these files are made (text)',
  contents: 'What is in here',
  recordClass: 'Category',
  records: 'Records',
  included: 'Disclosed',
  asTable: 'Table (CSV)',
  asData: 'Data (JSON)',
  asPages: 'Pages to read',
  page: (page, pages) => `page ${page} of ${pages}`,
  nothing: 'No records.',
  number: 'No.',
  when: 'When',
  keptUntil: 'Kept until',
  keptLonger: 'suspended: may be kept beyond this date',
  words: 'Content',
  files: 'Files',
  status: 'Status',
  text: 'Text',
  statement: 'Supplementary statement (Art. 16 GDPR)',
  transcript: 'conversation (text)',
  statuses: {
    included: 'disclosed',
    'changed-since-search': 'disclosed as it is now: it was changed after the search',
    withheld: 'withheld',
    restricted: 'withheld: its processing is restricted (Art. 18 GDPR)',
    'erased-since-search': 'erased after the search',
  },
  certificate: 'certificate of erasure',
  wordsWithheld: 'The content is withheld.',
  silenced: 'with silence in the place of',
  wholeRecording: 'the whole recording, since the segment cannot be replaced by silence',
  earlierCopy:
    'a copy of the data made for another request of yours; it is not repeated in this one, and until the day on which it is erased you may ask the data protection officer for it',
  notHeld: 'the file is no longer held as it was at the time of the search',
  withheld: 'Withheld',
  mark: (ground) => `[withheld: ${ground}]`,
  kinds: {
    'whole-record': 'the whole record',
    passage: 'a passage of the text',
    object: 'a file',
    'segment-of-recording': 'a segment of the sound',
  },
  erasedBefore: 'Erased when due, before the request arrived',
  erasedOn: 'Erased on',
  record: 'Record',
  identifiers: 'Identifiers',
  back: 'Back to the index',
  skip: 'Skip to the content',
  previous: 'Previous page',
  next: 'Next page',
  check: 'To check that the files are whole: sha256sum -c SHA256SUMS',
};

/** The sentences of one language; the other language must have the same. */
export type PackageTexts = typeof it;

/** The sentences by language. */
export const packageTexts: Readonly<Record<LetterLanguage, PackageTexts>> = { it, en };

/** The citation of a ground in the language of the package. */
const groundCitation = (language: LetterLanguage, { ground }: Pick<Withheld, 'ground'>): string =>
  cited(language, grounds[ground].citation);

/** The mark that stands where something is withheld: `[withheld: Art. 15(4) GDPR]`. */
export const withheldMark = (language: LetterLanguage, withheld: Withheld): string =>
  packageTexts[language].mark(groundCitation(language, withheld));

/** What is withheld and why, in a sentence. */
export const withheldSentence = (language: LetterLanguage, withheld: Withheld): string => {
  const { kinds } = packageTexts[language];
  const place = withheld.what === 'whole-record' ? '' : ` (${withheld.where})`;
  return `${kinds[withheld.what]}${place}: ${groundTexts[language][withheld.ground]} (${groundCitation(language, withheld)})`;
};
