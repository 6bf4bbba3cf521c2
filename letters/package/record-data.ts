/** One record as data: a line of JSON with exact values, and a row of a table for spreadsheets. */
import { given } from '../../domain/given.ts';
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { PackagedClass, PackagedFile, PackagedRecord, PackageVariant, RecordWords } from './model.ts';
import { withheldSentence } from './texts.ts';

const fileData = (file: PackagedFile) => {
  const { name, mediaType, size, sha256, status } = file;
  switch (file.status) {
    case 'included':
      return { name, mediaType, size, sha256, status, path: file.path };
    case 'redacted':
      return { name, mediaType, size, sha256, status, path: file.path, withheld: file.withheld };
    case 'withheld':
      return { name, mediaType, status, ground: file.withheld.ground, where: file.withheld.where };
    case 'earlier-copy':
      return { name, mediaType, size, sha256, status };
    case 'not-held':
      return { name, mediaType, status };
  }
};

/**
 * The record as one line of JSON, exact: nothing is replaced but what is withheld. What the controller adds for its own
 * administration (how long it is kept) is no part of what Art. 20 hands to another service.
 */
export const jsonLine = (record: PackagedRecord, variant: PackageVariant): string => {
  const { recordId, recordClass, number, status, triggerAt, boundDay, keptLonger, certificate, words, transcript } =
    record;
  return JSON.stringify({
    number,
    recordId,
    recordClass,
    status,
    occurredAt: triggerAt,
    ...(variant === 'access' ? { keptUntil: boundDay, keptLonger } : {}),
    ...given({ certificate }),
    ...(words === undefined ? {} : words),
    ...given({ transcript }),
    files: record.files.map(fileData),
    withheld: record.withheld,
  });
};

/** Names of the columns that every table has, before and after those of the class's fields. */
const before = ['number', 'recordId', 'status', 'occurredAt'] as const;
const kept = ['keptUntil', 'keptLonger'] as const;
const after = ['otherFields', 'text', 'statements', 'files', 'withheld', 'certificate'] as const;

/** The head of the table of a class. */
export const csvHead = ({ fieldNames }: PackagedClass, variant: PackageVariant): readonly string[] => [
  ...before,
  ...(variant === 'access' ? kept : []),
  'identifiers',
  ...fieldNames.map((name) => `field.${name}`),
  ...after,
];

const fileCell = (file: PackagedFile): string =>
  file.status === 'included'
    ? file.path
    : file.status === 'redacted'
      ? `${file.path} (${file.status})`
      : `${file.name} (${file.status})`;

/** Fields that an earlier policy knew: none of them is dropped. */
const otherFields = (known: readonly string[], words: RecordWords | undefined): string =>
  Object.entries(words?.fields ?? {})
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** The record as a row of that table; several values of one cell stand on lines of their own. */
export const csvRow = (
  { fieldNames }: PackagedClass,
  record: PackagedRecord,
  variant: PackageVariant,
  language: LetterLanguage,
): readonly string[] => {
  const { words } = record;
  return [
    String(record.number),
    record.recordId,
    record.status,
    record.triggerAt,
    ...(variant === 'access' ? [record.boundDay, String(record.keptLonger)] : []),
    (words?.identifiers ?? []).map(({ kind, value }) => `${kind}: ${value}`).join('\n'),
    ...fieldNames.map((name) => {
      const value = words?.fields[name];
      return value === undefined ? '' : String(value);
    }),
    otherFields(fieldNames, words),
    words?.text ?? '',
    (words?.statements ?? []).map(({ text, attachedAt }) => `${attachedAt}: ${text}`).join('\n'),
    record.files.map(fileCell).join('\n'),
    record.withheld.map((withheld) => withheldSentence(language, withheld)).join('\n'),
    record.certificate ?? '',
  ];
};
