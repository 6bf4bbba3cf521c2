/**
 * Names of files in a package that no system stumbles over: ASCII, lower case, bounded, no reserved word, no way out of the folder,
 * and unique by the number of their record. The extension comes from the media type, never from the name that a file was handed in with.
 */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';

/** Names of what stands at the top of the package. */
export const placesOf: Readonly<
  Record<
    LetterLanguage,
    Readonly<
      Record<'index' | 'readme' | 'letter' | 'pages' | 'data' | 'transcripts' | 'recordings' | 'attachments', string>
    >
  >
> = {
  it: {
    index: 'indice.html',
    readme: 'leggimi.txt',
    letter: 'lettera.pdf',
    pages: 'indice',
    data: 'dati',
    transcripts: 'conversazioni',
    recordings: 'registrazioni',
    attachments: 'allegati',
  },
  en: {
    index: 'index.html',
    readme: 'readme.txt',
    letter: 'letter.pdf',
    pages: 'index',
    data: 'data',
    transcripts: 'conversations',
    recordings: 'recordings',
    attachments: 'attachments',
  },
};

/** The list of all files, for programs. */
export const manifestName = 'manifest.json';

/** Digests of all files, in the form that `sha256sum -c` reads. */
export const sumsName = 'SHA256SUMS';

const longest = 60;

/** Device names of Windows, which no file may have, whatever its extension. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)$/;

/**
 * A name for people, made safe: letters without their accents, digits, hyphens and underscores; never empty, never reserved, at most
 * 60 characters, without extension. Two names may become the same: the caller adds a number.
 */
export const safeName = (name: string): string => {
  const stem = name.replace(/\.[A-Za-z0-9]{1,8}$/, '');
  const safe = stem
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
  return safe === '' || reserved.test(safe) ? `file-${safe}`.replace(/-$/, '') : safe;
};

const extensions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'audio/wav': 'wav',
    'audio/wave': 'wav',
    'audio/x-wav': 'wav',
    'audio/vnd.wave': 'wav',
    'audio/mpeg': 'mp3',
    'audio/mp3': 'mp3',
    'audio/mp4': 'm4a',
    'audio/x-m4a': 'm4a',
    'audio/aac': 'aac',
    'audio/ogg': 'ogg',
    'audio/opus': 'opus',
    'audio/flac': 'flac',
    'audio/x-flac': 'flac',
    'audio/webm': 'webm',
    'audio/amr': 'amr',
    'audio/basic': 'au',
    'text/plain': 'txt',
    'text/csv': 'csv',
    'application/json': 'json',
    'application/pdf': 'pdf',
    'application/zip': 'zip',
    'image/png': 'png',
    'image/jpeg': 'jpg',
    'image/gif': 'gif',
    'image/tiff': 'tif',
    'video/mp4': 'mp4',
  }),
);

/** The media type without its parameters, in lower case. */
const essence = (mediaType: string): string => (mediaType.split(';')[0] ?? '').trim().toLowerCase();

/** The extension for a media type; `bin` for one that is not on the list, so that nothing in a package is a program or a page. */
export const extensionOf = (mediaType: string): string => extensions.get(essence(mediaType)) ?? 'bin';

/** Whether a file is a recording of sound. */
export const isSound = (mediaType: string): boolean => essence(mediaType).startsWith('audio/');

/** Whether a file says of itself that it is WAV. */
export const isWav = (mediaType: string): boolean => isSound(mediaType) && extensionOf(mediaType) === 'wav';

/** Whether a file is compressed or sound, so that compressing it again costs time and gains nothing. */
export const isStoredAsIs = (mediaType: string): boolean =>
  !['text/plain', 'text/csv', 'application/json', 'image/tiff'].includes(essence(mediaType));

/** The number of a record, as names show it: sorts by itself up to a million. */
const numbered = (number: number): string => String(number).padStart(6, '0');

/** What the path of a record's file is made of; `number` is the record's place in the manifest, from 1. */
export type FilePathInput = {
  readonly language: LetterLanguage;
  readonly recordClass: string;
  readonly number: number;
  /** The day of the event. */
  readonly day: LocalDate;
  /** Place among the files of its record, from 1. */
  readonly place: number;
  readonly name: string;
  readonly mediaType: string;
};

/** Where a file of a record lies in the package. */
export const filePath = ({ language, recordClass, number, day, place, name, mediaType }: FilePathInput): string => {
  const places = placesOf[language];
  const folder = isSound(mediaType) ? places.recordings : places.attachments;
  return `${folder}/${recordClass}/${day}-${numbered(number)}-${place}-${safeName(name)}.${extensionOf(mediaType)}`;
};

/** Where the text of a conversation lies in the package. */
export const transcriptPath = ({
  language,
  recordClass,
  number,
  day,
}: Pick<FilePathInput, 'language' | 'recordClass' | 'number' | 'day'>): string =>
  `${placesOf[language].transcripts}/${recordClass}/${day}-${numbered(number)}.txt`;

/** Where the data of a class lie. */
export const dataPath = (language: LetterLanguage, recordClass: string, what: 'json' | 'csv' | 'schema.json'): string =>
  `${placesOf[language].data}/${recordClass}.${what}`;

/** Where a page of the index lies; pages count from 1. */
export const pagePath = (language: LetterLanguage, recordClass: string, page: number): string =>
  `${placesOf[language].pages}/${recordClass}-${String(page).padStart(4, '0')}.html`;
