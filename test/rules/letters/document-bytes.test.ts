/** The same letter is the same file, whoever renders it, when and where; and what goes wrong is said and leaves nothing. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createFontLibrary } from '../../../letters/document/font-library.ts';
import type { Block, LetterDocument, TableRow } from '../../../letters/document/model.ts';
import { renderDocument } from '../../../letters/document/render-document.ts';
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

const run = promisify(execFile);

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

async function digest(letter: LetterDocument): Promise<string> {
  return (await renderDocument({ library: createFontLibrary() }, letter, discard())).sha256;
}

test('the digest and the size returned are those of the file', async () => {
  const { file, result } = await collectLetter(completeLetter());
  expect(result.sha256).toBe(createHash('sha256').update(file).digest('hex'));
  expect(result.bytes).toBe(file.length);
  expect(result.pages).toBe(2);
});

test('I9: the same letter twice is the same bytes, also after and beside letters full of other scripts', async () => {
  const fresh = await digest(completeLetter());
  const hostile = Object.values(HOSTILE_TEXTS).map((text) => text.slice(0, 500));
  await Promise.all(hostile.map((text) => collectLetter(everywhere(text))));
  const [beside] = await Promise.all([
    collectLetter(completeLetter()),
    ...hostile.map((text) => collectLetter(everywhere(text))),
  ]);
  expect(beside?.result.sha256).toBe(fresh);
});

test('I9: hostile letters are the same bytes whatever was rendered before', { timeout: 60_000 }, async () => {
  for (const name of ['emoji', 'one glyph, many characters', 'Arabic', 'Hebrew', 'stacked marks']) {
    const letter = everywhere(HOSTILE_TEXTS[name] ?? '');
    expect((await collectLetter(letter)).result.sha256, name).toBe(await digest(letter));
  }
});

test('another time zone and another process give the same bytes', { timeout: 60_000 }, async () => {
  const here = await digest(completeLetter());
  const program = `
    import { Writable } from 'node:stream';
    import { createFontLibrary } from '../../../letters/document/font-library.ts';
    import { renderDocument } from '../../../letters/document/render-document.ts';
    import { completeLetter } from './support/sample-letters.ts';
    const target = new Writable({ write: (_chunk, _encoding, done) => done() });
    process.stdout.write((await renderDocument({ library: createFontLibrary() }, completeLetter(), target)).sha256);`;
  for (const TZ of ['Pacific/Kiritimati', 'America/Los_Angeles']) {
    const environment = { ...process.env, TZ, LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      env: environment,
      cwd: import.meta.dirname,
    });
    expect(stdout, TZ).toBe(here);
  }
});

test('rows that come one by one give the same bytes as rows in a list', async () => {
  async function* arriving(): AsyncGenerator<TableRow> {
    for (const row of recordRows(100)) {
      await Promise.resolve();
      yield row;
    }
  }
  async function* arrivingBlocks(): AsyncGenerator<Block> {
    yield { ...recordTable([]), rows: arriving() } as Block;
  }
  expect(await digest({ ...bareLetter([]), blocks: arrivingBlocks() })).toBe(
    await digest(bareLetter([recordTable(recordRows(100))])),
  );
});

test('rows are read no faster than the file is taken', async () => {
  let read = 0;
  function* counted(): Generator<TableRow> {
    for (const row of recordRows(6_000)) {
      read++;
      yield row;
    }
  }
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = 0;
  const slow = new Writable({
    highWaterMark: 1024,
    write: (chunk: Buffer, _encoding, done) => {
      taken += chunk.length;
      if (taken < 100_000) done();
      else void held.then(() => done());
    },
  });
  const rendering = renderDocument({ library: createFontLibrary() }, bareLetter([recordTable(counted())]), slow);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(2000);
  release();
  await rendering;
  expect(read).toBe(6_000);
});

test('a target that fails while the letter is written makes the rendering fail with its error', async () => {
  const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('The disk is full.')) });
  const letter = bareLetter([recordTable(recordRows(5000))]);
  await expect(renderDocument({ library: createFontLibrary() }, letter, failing)).rejects.toThrow('The disk is full.');
});

test('a target that closes before the end makes the rendering fail instead of waiting for ever', async () => {
  let taken = 0;
  const closing: Writable = new Writable({
    write: (_chunk, _encoding, done) => {
      taken++;
      if (taken === 2) closing.destroy();
      else done();
    },
  });
  const letter = bareLetter([recordTable(recordRows(5000))]);
  await expect(renderDocument({ library: createFontLibrary() }, letter, closing)).rejects.toThrow(/closed|Premature/i);
});

test('rows that cannot be read leave no complete file behind', async () => {
  function* broken(): Generator<TableRow> {
    yield* recordRows(200);
    throw new Error('The database is gone.');
  }
  const target = discard();
  const rendering = renderDocument({ library: createFontLibrary() }, bareLetter([recordTable(broken())]), target);
  await expect(rendering).rejects.toThrow('The database is gone.');
  expect(target.destroyed).toBe(true);
  expect(target.writableFinished).toBe(false);
});

const attachment = {
  name: 'a.json',
  mediaType: 'application/json',
  description: 'x',
  relationship: 'Data',
  content: new Uint8Array(1),
} as const;
const link = (url: string): Block => paragraph([{ kind: 'link', text: 'x', url, description: 'x' }]);

test.for<[string, LetterDocument, RegExp]>([
  ['an empty title', { ...bareLetter([]), title: ' \n' }, /needs a title/],
  ['an empty author', { ...bareLetter([]), author: '' }, /author/],
  ['no instant', { ...bareLetter([]), createdAt: 'ieri' }, /no instant: ieri/],
  ['no language', { ...bareLetter([]), language: 'italiano!' }, /language/i],
  [
    'a foreign part in no language',
    bareLetter([paragraph([{ kind: 'foreign', text: 'x', language: '??' }])]),
    /language/i,
  ],
  [
    'a heading of level 2 without one of level 1',
    bareLetter([{ kind: 'heading', level: 2, text: 'x' }]),
    /level 2 stands below/,
  ],
  ['a script as a link', bareLetter([link('javascript:alert(1)')]), /Not a web or mail address/],
  ['a link of 3,000 characters', bareLetter([link(`https://example.it/${'a'.repeat(3000)}`)]), /longer than 2000/],
  ['a row with too few cells', bareLetter([recordTable([['a', 'b']])]), /Row 1 of a table has 2 cells .* 4 columns/],
  [
    'a table without columns',
    bareLetter([{ kind: 'table', caption: 'x', columns: [], rows: [], emptyText: 'x' }]),
    /at least one column/,
  ],
  [
    'a figure without text',
    bareLetter([{ kind: 'figure', height: 10, drawing: { alternative: '', width: 1, height: 1, paths: [] } }]),
    /says what it shows/,
  ],
  [
    'a figure larger than a page',
    bareLetter([{ kind: 'figure', height: 900, drawing: { alternative: 'x', width: 1, height: 1, paths: [] } }]),
    /does not fit/,
  ],
  [
    'an attachment outside of its folder',
    { ...bareLetter([]), attachments: [{ ...attachment, name: '../a' }] },
    /Not a safe file name/,
  ],
  ['two attachments of one name', { ...bareLetter([]), attachments: [attachment, attachment] }, /same name/],
  [
    'an attachment of no type',
    { ...bareLetter([]), attachments: [{ ...attachment, mediaType: 'json' }] },
    /Not a media type/,
  ],
  ['a foot as long as a letter', { ...bareLetter([]), footer: 'nota '.repeat(500) }, /foot of the pages/],
])('a letter with %s is refused with the reason', async ([, letter, reason]) => {
  await expect(collectLetter(letter).then(() => 'a letter')).rejects.toThrow(reason);
});
