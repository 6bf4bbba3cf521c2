/**
 * Rows for spreadsheets: UTF-8 with a byte order mark, CRLF, every cell in quotes, and nothing that a spreadsheet would take for a
 * formula (CSV injection). The JSON beside it keeps the exact value; the readme says so.
 */
import { stringify } from 'csv-stringify/sync';
import { visibleText } from './visible-text.ts';

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
