/**
 * The text files of a package: conversations, tables for spreadsheets, and the lists by which it can be checked (`SHA256SUMS` for
 * `sha256sum -c`, `manifest.json` for programs).
 */

import { stringify } from 'csv-stringify/sync';
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { PackagedClass, PackagedRecord, PackageFacts, WrittenFile } from './model.ts';
import { packageTexts } from './texts.ts';
import { visibleText } from './visible-text.ts';

/** A conversation as a file that any editor and screen reader opens, or `undefined` where there is nothing to show. UTF-8, line feeds. */
export const transcriptText = (
  { title }: PackagedClass,
  record: PackagedRecord,
  language: LetterLanguage,
  when: string,
): string | undefined => {
  const { words } = record;
  if (words?.text === undefined) return undefined;
  const t = packageTexts[language];
  const head = [
    `${title[language]} – ${t.number} ${record.number}`,
    `${t.when}: ${when}`,
    ...words.identifiers.map(({ kind, value }) => `${kind}: ${value}`),
  ];
  const statements = (words.statements ?? []).map(({ text }) => `${t.statement}:\n${text}`);
  return `${visibleText(head.join('\n'))}\n\n${visibleText(words.text)}\n${statements.map((one) => `\n${visibleText(one)}\n`).join('')}`;
};

// Rows for spreadsheets: UTF-8 with a byte order mark, CRLF, every cell in quotes, and nothing that a spreadsheet would take for a
// formula (CSV injection). The JSON beside it keeps the exact value; the readme says so.

/**
 * The beginnings that make a spreadsheet compute: `=`, `+`, `-`, `@` and their full-width forms, tab and carriage return; also
 * behind spaces, quotes and characters without width, which some programs drop when they load a file.
 */
const formula =
  /^[\s'"`\u2018\u2019\u201c\u201d\p{Z}\p{Cf}\p{Cc}]*(?:[=+\-@|%\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b\t\r])/u;

/** A cell that no spreadsheet computes: what begins like a formula gets an apostrophe, which spreadsheets know as "text". */
export const safeCell = (value: string): string => {
  const visible = visibleText(value);
  return formula.test(visible) || formula.test(value) ? `'${visible}` : visible;
};

/** The byte order mark by which spreadsheets know UTF-8. */
export const byteOrderMark = '\ufeff';

/** Rows as lines of CSV. */
export const csvLines = (rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? ''
    : stringify(
        rows.map((row) => row.map(safeCell)),
        { quoted: true, quoted_empty: true, record_delimiter: '\r\n' },
      );

/** Lines of `SHA256SUMS`. Names are ASCII without line ends, so none needs escaping. */
export const sumsLines = (files: readonly WrittenFile[]): string =>
  files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');

/** `manifest.json`: what the package is, of which frozen list it was made, and each file with size and SHA-256. */
export const packageManifest = (facts: PackageFacts, files: readonly WrittenFile[]): string => {
  const { packageId, variant, language, controllerName, reference, frozenAt, manifestDigest, classes, erasedBefore } =
    facts;
  const head = JSON.stringify(
    {
      format: 'oblio-access-package-1',
      packageId,
      variant,
      language,
      controller: controllerName,
      reference,
      frozenAt,
      manifestDigest,
      classes: classes.map(({ recordClass, records, included }) => ({ recordClass, records, included })),
      erasedBefore,
    },
    undefined,
    2,
  );
  // A line each: fifty thousand files are looked through with any tool.
  const lines = files.map((file) => `    ${JSON.stringify(file)}`).join(',\n');
  return `${head.slice(0, -2)},\n  "files": [\n${lines}\n  ]\n}\n`;
};
