/** Every letter must be readable by everybody (PDF/UA-1) and keep for the archive (PDF/A-3a), whatever is written in it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LetterDocument } from '../../../letters/document/model.ts';
import { collectLetter } from './support/collect-letter.ts';
import {
  bareLetter,
  completeLetter,
  everywhere,
  HOSTILE_TEXTS,
  paragraph,
  recordRows,
  recordTable,
} from './support/sample-letters.ts';
import { validateWithVeraPdf, whyNoVeraPdf } from './support/verapdf.ts';

/**
 * Conformance does not depend on whether a text fills two pages or ten, but the validator reads every page: each text as long as fills more
 * than a page in every place. `npm run test:thorough` takes them in full length.
 */
const thorough = process.env.OBLIO_THOROUGH === 'yes';
const rowsOfLargeTable = thorough ? 5000 : 600;
const inUsualLength = (text: string): string =>
  thorough ? text : text.split('\n').slice(0, 150).join('\n').slice(0, 4_000);

const tallCell = 'Una riga più alta di tre pagine, perché la nota è lunga e non va tagliata. '.repeat(400);

/** Any characters that Unicode has, in no order: the same ones in each run, so that a failure can be looked into. */
const anyUnicode = fc.sample(fc.string({ unit: 'binary', minLength: 20, maxLength: 400 }), {
  seed: 20_260_309,
  numRuns: 12,
});

const CASES: Readonly<Record<string, LetterDocument>> = {
  'a complete letter': completeLetter(),
  'a letter without any block': bareLetter([]),
  'a letter with <&> in title, author and subject': {
    ...bareLetter([paragraph('Testo')]),
    title: 'Rossi & C. <b>"x"</b> ]]>',
    author: 'Città di <Esempio> & Figli',
    subject: '<&>',
  },
  'a table of 0 rows': bareLetter([recordTable(recordRows(0))]),
  'a table of 1 row': bareLetter([recordTable(recordRows(1))]),
  [`a table of ${rowsOfLargeTable} rows`]: bareLetter([recordTable(recordRows(rowsOfLargeTable))]),
  'a row taller than three pages': bareLetter([
    recordTable([
      ['01/01/2025', 'Portale', tallCell, '€ 1,00'],
      [tallCell, 'Portale', 'nota', '€ 1,00'],
    ]),
  ]),
  'a link that goes on over three pages': bareLetter([
    paragraph([{ kind: 'link', text: 'parola '.repeat(3000), url: 'https://example.it/', description: 'Sito' }]),
  ]),
  'empty lists, rows and names': bareLetter([
    { kind: 'list', numbering: 'letters', items: [] },
    { kind: 'list', numbering: 'bullets', items: ['', { kind: 'item', text: '', items: [''] }] },
    { kind: 'definitions', rows: [] },
    { kind: 'definitions', rows: [{ label: '', value: '' }] },
    recordTable([['', '', '', '']]),
    { kind: 'signature', closing: '', lines: [] },
    { kind: 'pageBreak' },
    { kind: 'pageBreak' },
  ]),
  ...Object.fromEntries(
    Object.entries(HOSTILE_TEXTS).map(([name, text]) => [`everywhere: ${name}`, everywhere(inUsualLength(text))]),
  ),
  ...Object.fromEntries(anyUnicode.map((text, index) => [`everywhere: any Unicode ${index}`, everywhere(text)])),
};

test('every letter, also with hostile content, passes PDF/A-3a and PDF/UA-1', { timeout: 600_000 }, async (context) => {
  const unavailable = await whyNoVeraPdf();
  if (unavailable) return context.skip(unavailable);
  const folder = await mkdtemp(join(tmpdir(), 'oblio-letters-'));
  try {
    const files: string[] = [];
    for (const [name, letter] of Object.entries(CASES)) {
      const path = join(folder, `${files.length}-${name.replace(/[^A-Za-z0-9]+/g, '-')}.pdf`);
      await writeFile(path, (await collectLetter(letter)).file);
      files.push(path);
    }
    const { checked, passed, failures } = await validateWithVeraPdf(files);
    process.stdout.write(`veraPDF: ${files.length} letters, ${passed} of ${checked} checks passed\n`);
    expect(failures).toEqual([]);
    expect(passed).toBe(files.length * 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a letter that does not conform is found out', { timeout: 120_000 }, async (context) => {
  const unavailable = await whyNoVeraPdf();
  if (unavailable) return context.skip(unavailable);
  const folder = await mkdtemp(join(tmpdir(), 'oblio-letters-'));
  try {
    const path = join(folder, 'skipped-heading.pdf');
    const { file } = await collectLetter(bareLetter([{ kind: 'heading', level: 1, text: 'Titolo' }]));
    // The same number of bytes, but a heading of level 2 comes first.
    await writeFile(path, file.toString('latin1').replace('/S /H1', '/S /H2'), 'latin1');
    const { checked, passed, failures } = await validateWithVeraPdf([path]);
    expect({ checked, passed }).toEqual({ checked: 2, passed: 1 });
    expect(failures.join('\n')).toMatch(/FAIL .*ua1[\s\S]*7\.4\.2/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
