/** The plain words that explain the files of a package to the person who opens them: plain text, lines short enough for any editor. */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { PackagedClass, PackageFacts } from './model.ts';
import { placesOf } from './names.ts';
import { packageTexts } from './texts.ts';
import { visibleText } from './visible-text.ts';

type Words = (facts: PackageFacts) => readonly string[];

const classLine = (language: LetterLanguage, { recordClass, title, description, records }: PackagedClass): string =>
  `- ${recordClass}: ${title[language]} (${records}). ${description[language]}`;

const fieldLines = (language: LetterLanguage, one: PackagedClass): readonly string[] => {
  const known = new Map(one.fields.map(({ name, description }) => [name, description[language]]));
  return one.fieldNames.map((name) => `    ${name}: ${known.get(name) ?? '-'}`);
};

const it: Words = (facts) => {
  const { letter, index, pages, data, transcripts, recordings, attachments } = placesOf.it;
  const access = facts.variant === 'access';
  return [
    ...(facts.withLetter ? [`${letter}`, '  La lettera di risposta.', ''] : []),
    `${index}, ${pages}/`,
    '  Le stesse informazioni da leggere con un browser, anche senza collegamento a Internet.',
    '',
    `${data}/<categoria>.json`,
    '  I dati esatti, uno per riga, in un elenco JSON (UTF-8). Vale questo file se un altro mostra qualcosa di diverso.',
    `${data}/<categoria>.schema.json`,
    '  La descrizione dei campi (JSON Schema).',
    `${data}/<categoria>.csv`,
    '  Gli stessi dati come tabella, una registrazione per riga (UTF-8, separatore virgola).',
    '  Un apostrofo all’inizio di una cella è aggiunto a ciò che un foglio di calcolo prenderebbe per una formula,',
    '  per esempio ai numeri di telefono che iniziano con +. Alcuni programmi tagliano le celle oltre 32.767 caratteri:',
    '  il testo intero sta nel file JSON.',
    `${transcripts}/<categoria>/`,
    '  Le conversazioni come testo.',
    `${recordings}/<categoria>/`,
    '  Le registrazioni audio, nel formato originale.',
    `${attachments}/<categoria>/`,
    '  Gli altri file.',
    'manifest.json, SHA256SUMS',
    '  L’elenco di tutti i file con la loro impronta SHA-256. Per controllarli: sha256sum -c SHA256SUMS',
    '',
    'CARATTERI CHE NON SI VEDONO',
    '  Nelle pagine, nelle tabelle e nei testi i caratteri di controllo sono sostituiti da un segno come [U+0007].',
    '  Nel file JSON ci sono come sono stati registrati.',
    '',
    'CIÒ CHE NON È COMUNICATO',
    '  Al posto di un passo omesso c’è un segno con l’articolo: [omesso: art. 15, par. 4, del Regolamento].',
    '  Un file omesso è elencato con il motivo, ma non c’è. Se è omesso un tratto di una registrazione audio (WAV),',
    '  al suo posto c’è silenzio: la durata è la stessa, e il resto dell’audio non cambia. Di quali secondi si tratta, e perché,',
    '  è scritto nelle pagine, nei dati ("redacted") e in manifest.json. In altri formati è omessa la registrazione intera.',
    '  Una copia preparata per una richiesta precedente è elencata, ma non è ripetuta dentro questa.',
    '  "status" dice di ogni registrazione: included (comunicata), changed-since-search (comunicata come è adesso, modificata',
    '  dopo la ricerca), withheld (non comunicata), restricted (non comunicata: il trattamento è limitato, art. 18 del Regolamento),',
    '  erased-since-search (cancellata dopo la ricerca).',
    ...(access
      ? [
          '',
          'DATE',
          '  occurredAt è l’ora del fatto in UTC; keptUntil l’ultimo giorno di conservazione.',
          '  keptLonger: true significa che una sospensione può prolungarla.',
        ]
      : [
          '',
          'PORTABILITÀ',
          '  Ci sono i dati forniti dall’interessato e trattati con mezzi automatizzati in base al consenso o a un contratto',
          '  (art. 20 del Regolamento). occurredAt è l’ora del fatto in UTC.',
        ]),
    '',
    'CATEGORIE E CAMPI',
    ...facts.classes.flatMap((one) => [classLine('it', one), ...fieldLines('it', one)]),
  ];
};

const en: Words = (facts) => {
  const { letter, index, pages, data, transcripts, recordings, attachments } = placesOf.en;
  const access = facts.variant === 'access';
  return [
    ...(facts.withLetter ? [`${letter}`, '  The letter of reply.', ''] : []),
    `${index}, ${pages}/`,
    '  The same information to be read with a browser, also without an Internet connection.',
    '',
    `${data}/<category>.json`,
    '  The exact data, one per line, in a JSON list (UTF-8). This file counts where another shows something else.',
    `${data}/<category>.schema.json`,
    '  The description of the fields (JSON Schema).',
    `${data}/<category>.csv`,
    '  The same data as a table, a record per row (UTF-8, separated by commas).',
    '  An apostrophe at the beginning of a cell is added to what a spreadsheet would take for a formula,',
    '  such as phone numbers that begin with +. Some programs cut cells of more than 32,767 characters:',
    '  the whole text is in the JSON file.',
    `${transcripts}/<category>/`,
    '  The conversations as text.',
    `${recordings}/<category>/`,
    '  The sound recordings, in their original format.',
    `${attachments}/<category>/`,
    '  The other files.',
    'manifest.json, SHA256SUMS',
    '  The list of all files with their SHA-256. To check them: sha256sum -c SHA256SUMS',
    '',
    'CHARACTERS THAT CANNOT BE SEEN',
    '  In pages, tables and texts control characters are replaced by a mark such as [U+0007].',
    '  In the JSON file they are as they were recorded.',
    '',
    'WHAT IS WITHHELD',
    '  In the place of a withheld passage there is a mark with the article: [withheld: Art. 15(4) GDPR].',
    '  A withheld file is listed with its ground, but is not here. Where a segment of a sound recording (WAV) is withheld,',
    '  silence stands in its place: the recording is as long as it was, and the rest of the sound is unchanged. Which seconds',
    '  these are, and why, is told in the pages, in the data ("redacted") and in manifest.json. In other formats the whole',
    '  recording is withheld.',
    '  A copy that was made for an earlier request is listed, but not repeated in this one.',
    '  "status" says of each record: included (disclosed), changed-since-search (disclosed as it is now, changed after the',
    '  search), withheld, restricted (withheld: its processing is restricted, Art. 18 GDPR), erased-since-search.',
    ...(access
      ? [
          '',
          'DATES',
          '  occurredAt is the time of the event in UTC; keptUntil the last day on which the record is kept.',
          '  keptLonger: true means that a suspension may prolong it.',
        ]
      : [
          '',
          'PORTABILITY',
          '  Here are the data provided by the data subject and processed by automated means on the basis of consent or a contract',
          '  (Art. 20 GDPR). occurredAt is the time of the event in UTC.',
        ]),
    '',
    'CATEGORIES AND FIELDS',
    ...facts.classes.flatMap((one) => [classLine('en', one), ...fieldLines('en', one)]),
  ];
};

const words = { it, en } satisfies Record<LetterLanguage, Words>;

/** The readme; UTF-8 with a byte order mark and CRLF, so that the simplest editors show it right. */
export const readmeText = (facts: PackageFacts): string => {
  const { language, variant, controllerName, reference } = facts;
  const t = packageTexts[language];
  const lines = [
    t.title[variant].toUpperCase(),
    t.article[variant],
    `${t.controller}: ${controllerName}`,
    `${t.reference}: ${reference}`,
    '',
    ...words[language](facts),
    '',
  ];
  return `\ufeff${visibleText(lines.join('\n')).replaceAll('\n', '\r\n')}`;
};
