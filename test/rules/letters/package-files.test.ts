/** The files of a package as people and programs open them: pages without scripts, valid data, and a ZIP that is the same twice. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordClassId, recordId } from '../../../domain/ids.ts';
import { instant } from '../../../domain/time/instant.ts';
import { localDate } from '../../../domain/time/local-date.ts';
import { indexPage, recordsPage } from '../../../letters/package/index-pages.ts';
import type { PackagedClass, PackagedRecord, PackageFacts } from '../../../letters/package/model.ts';
import { readmeText } from '../../../letters/package/readme.ts';
import { csvHead, csvRow, jsonLine } from '../../../letters/package/record-data.ts';
import { classSchema } from '../../../letters/package/schema.ts';
import { transcriptText } from '../../../letters/package/text-files.ts';
import { type ZipEntry, zipStream } from '../../../letters/package/zip-stream.ts';

const chat = recordClassId('chat');
const hostile = [
  '<script>alert(1)</script>',
  '" onmouseover="alert(1)',
  "'><img src=x onerror=alert(1)>",
  '&amp; &#60;b&#62;',
  '👩‍👩‍👧 🇮🇹',
  'שלום مرحبا 你好',
  'exe\u202etxt.',
  'bell\u0007 null\u0000 esc\u001b',
  'half \ud800 pair',
  '=cmd|"/c calc"!A0',
  'parola '.repeat(1500),
].join('\n');

const one: PackagedClass = {
  recordClass: chat,
  title: { it: 'Conversazioni <chat>', en: 'Chat conversations' },
  description: { it: 'ogni messaggio & risposta', en: 'every message' },
  fields: [
    {
      name: 'counterpart',
      kind: 'code',
      values: ['operator'],
      required: true,
      holdScope: false,
      description: { it: 'chi', en: 'who' },
    },
    { name: 'rating', kind: 'number', required: false, holdScope: false, description: { it: 'voto', en: 'rating' } },
  ],
  fieldNames: ['counterpart', 'rating'],
  records: 1,
  included: 1,
  isConversation: true,
};
const facts: PackageFacts = {
  packageId: '01980000-0000-7000-8000-000000000001',
  variant: 'access',
  language: 'it',
  controllerName: 'Istituto <INPS>',
  contact: 'dpo@example.it',
  reference: 'INPS-2026-000001',
  frozenAt: instant('2026-03-01T10:30:00Z'),
  timeZone: 'Europe/Rome',
  manifestDigest: 'ab'.repeat(32),
  classes: [one],
  erasedBefore: [{ recordId: recordId('01980000-0000-7000-8000-000000000002'), recordClass: chat }],
  withLetter: true,
};
const record: PackagedRecord = {
  recordId: recordId('01980000-0000-7000-8000-000000000003'),
  recordClass: chat,
  number: 1,
  triggerAt: instant('2026-02-28T23:30:00Z'),
  boundDay: localDate('2031-03-01'),
  keptLonger: true,
  status: 'included',
  words: {
    identifiers: [{ kind: 'email', value: `a@b.it${hostile}` }],
    fields: { counterpart: 'operator', rating: -3, forgotten: hostile },
    text: hostile,
  },
  transcript: 'conversazioni/chat/2026-03-01-000001.txt',
  files: [
    {
      name: `${hostile}.wav`,
      mediaType: 'audio/wav',
      size: 4,
      sha256: 'cd'.repeat(32),
      status: 'included',
      path: 'registrazioni/chat/x.wav',
    },
    {
      name: 'other',
      mediaType: 'audio/wav',
      size: 4,
      sha256: 'cd'.repeat(32),
      status: 'withheld',
      withheld: { what: 'object', ground: '15.4', where: hostile },
    },
  ],
  withheld: [{ what: 'object', ground: '15.4', where: hostile }],
};

const pages = (language: 'it' | 'en') => {
  const { head, row, tail } = recordsPage({ facts: { ...facts, language }, one, page: 1, pages: 2 });
  return [indexPage({ ...facts, language }), head + row(record) + tail];
};

describe.each(['it', 'en'] as const)('pages in %s', (language) => {
  test('run and load nothing, whatever a record says', () => {
    for (const page of pages(language)) {
      expect(page).not.toMatch(/<script|<img|<iframe|<object|<link|<form|javascript:|\son[a-z]+\s*=\s*["']/i);
      expect(page).toContain(`default-src 'none'`);
      expect(page).not.toMatch(/(?:src|href)="https?:/);
      // Every tag is one of ours: nothing that was typed opens an element.
      const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
      const ours =
        'html head meta title style body a header h1 h2 p main dl dt dd ul li table caption thead tr th tbody td br bdi nav'.split(
          ' ',
        );
      expect([...tags].filter((tag) => !ours.includes(tag ?? ''))).toEqual([]);
      // No control and no bidirectional override reaches the browser.
      expect(page.replaceAll('\n', '')).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      expect(page.isWellFormed()).toBe(true);
    }
  });

  test('say their language, title, captions and header cells, and skip to the content', () => {
    for (const page of pages(language)) {
      expect(page).toMatch(new RegExp(`^<!DOCTYPE html>\\n<html lang="${language}">`));
      expect(page).toMatch(/<title>[^<]+<\/title>/);
      expect(page.match(/<h1>/g)).toHaveLength(1);
      expect(page).toContain('<a class="skip" href="#content">');
      expect(page).toContain('<main id="content">');
      expect(page.match(/<table>/g)?.length).toBe(page.match(/<caption>/g)?.length);
      expect(page).toContain('<th scope="col">');
      expect(page).toContain('<th scope="row"');
    }
  });

  test('mark what is withheld with its article, and tell what was erased before', () => {
    const [index = '', rows = ''] = pages(language);
    expect(rows).toContain(language === 'it' ? 'art. 15, par. 4, del Regolamento' : 'Art. 15(4) GDPR');
    expect(index).toContain('01980000-0000-7000-8000-000000000002');
  });

  test('tell days in the zone of the controller', () => {
    expect(pages(language)[1]).toContain(language === 'it' ? '1° marzo 2026, 00:30' : '1 March 2026, 00:30');
  });
});

describe('data', () => {
  test('as JSON is exact, whatever a record says', () => {
    const read: unknown = JSON.parse(jsonLine(record, 'access'));
    expect(read).toMatchObject({ text: hostile, fields: { forgotten: hostile }, keptUntil: '2031-03-01' });
    expect(jsonLine(record, 'access')).not.toContain('\n');
  });

  test('for another service leaves out what the controller keeps for itself', () => {
    expect(JSON.parse(jsonLine(record, 'portability'))).not.toHaveProperty('keptUntil');
    expect(csvHead(one, 'portability')).not.toContain('keptUntil');
  });

  test('as a row has a cell for each column, and drops no field', () => {
    for (const variant of ['access', 'portability'] as const) {
      const row = csvRow(one, record, variant, 'it');
      expect(row).toHaveLength(csvHead(one, variant).length);
      expect(row.join()).toContain('forgotten: ');
    }
  });

  test('has a schema that names every field with its meaning', () => {
    const schema: unknown = JSON.parse(classSchema(one, 'access', 'it'));
    expect(schema).toMatchObject({
      items: {
        properties: {
          fields: { properties: { counterpart: { description: 'chi' }, rating: { description: 'voto' } } },
        },
      },
    });
  });

  test('has a readme that names every class and field', () => {
    for (const language of ['it', 'en'] as const) {
      const readme = readmeText({ ...facts, language });
      for (const word of ['chat', 'counterpart', 'rating', 'SHA256SUMS', one.title[language]])
        expect(readme).toContain(word);
      expect(readme.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    }
  });

  test('of a conversation is whole as text, with marks for what cannot be seen', () => {
    const text = transcriptText(one, record, 'it', '1° marzo 2026') ?? '';
    expect(text).toContain('parola '.repeat(1500));
    expect(text).toContain('[U+202E]');
    expect(text).toContain('null[U+0000]');
    expect(text.isWellFormed()).toBe(true);
  });
});

describe('the ZIP', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'oblio-zip-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function* content(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield { path: 'a/one.txt', compressed: true, content: content('one '.repeat(1000)) };
    yield { path: 'b/two.wav', compressed: false, size: 3, content: content('two') };
    yield { path: 'empty.txt', compressed: true, content: content('') };
  }
  const made = async (at = '2026-03-01T10:30:00Z'): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of zipStream(entries(), instant(at))) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  test('is the same twice, in any time zone, at any hour', async () => {
    const first = await made();
    const before = process.env.TZ;
    try {
      for (const zone of ['America/New_York', 'Asia/Tokyo']) {
        process.env.TZ = zone;
        expect((await made()).equals(first)).toBe(true);
      }
    } finally {
      process.env.TZ = before;
    }
  });

  test('opens with unzip and with Python', async () => {
    const file = join(folder, 'made.zip');
    writeFileSync(file, await made());
    expect(execFileSync('unzip', ['-t', file], { encoding: 'utf8' })).toContain('No errors detected');
    const listed = execFileSync(
      'python3',
      [
        '-c',
        'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print("\\n".join(i.filename+" "+str(i.compress_type)+" "+str(i.file_size) for i in z.infolist()))',
        file,
      ],
      { encoding: 'utf8' },
    );
    expect(listed).toBe('a/one.txt 8 4000\nb/two.wav 0 3\nempty.txt 8 0\n');
  });

  test('fails where an entry fails, without an end record', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the store went away');
    }
    async function* some(): AsyncGenerator<ZipEntry> {
      yield* entries();
      yield { path: 'broken.wav', compressed: false, size: 8, content: broken() };
    }
    const chunks: Uint8Array[] = [];
    await expect(async () => {
      for await (const chunk of zipStream(some(), instant('2026-03-01T10:30:00Z'))) chunks.push(chunk);
    }).rejects.toThrow('the store went away');
    expect(Buffer.concat(chunks).includes(Buffer.from('PK\x05\x06', 'latin1'))).toBe(false);
  });

  test('of thousands of small files keeps no more than their bytes', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: unknown = runInNewContext('gc');
    if (typeof collectGarbage !== 'function') throw new Error('There is no way to collect garbage');
    // What a collection frees may be given back some turns later: the least of several readings is what is really kept.
    const memoryHeld = async (): Promise<number> => {
      let least = Number.POSITIVE_INFINITY;
      for (let reading = 0; reading < 10; reading += 1) {
        Reflect.apply(collectGarbage, undefined, []);
        await setTimeout(50);
        least = Math.min(least, process.memoryUsage().arrayBuffers);
      }
      return least;
    };
    const files = 2000;
    let kept = 0;
    async function* small(): AsyncGenerator<ZipEntry> {
      const before = await memoryHeld();
      for (let at = 0; at < files; at += 1) {
        yield { path: `small/${at}.txt`, compressed: true, content: content('words '.repeat(200)) };
      }
      kept = (await memoryHeld()) - before;
    }
    // As an upload does, that collects chunks until they make a part.
    const chunks: Uint8Array[] = [];
    for await (const chunk of zipStream(small(), instant('2026-03-01T10:30:00Z'))) chunks.push(chunk);
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const held = new Set(chunks.map(({ buffer }) => buffer));
    expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(2 * bytes + 1_000_000);
    // Names that share their memory with what passes by keep forty megabytes of it.
    expect(kept).toBeLessThan(10_000_000);
  });

  test('keeps the order of small and large chunks', async () => {
    const sizes = [10, 40_000, 1, 33_000, 70_000, 5, 5, 65_536, 30_000, 30_000, 30_000];
    const whole = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index + 1)));
    async function* some(): AsyncGenerator<ZipEntry> {
      async function* inPieces(): AsyncGenerator<Uint8Array> {
        for (const [index, size] of sizes.entries()) yield Buffer.alloc(size, index + 1);
      }
      yield { path: 'whole.bin', compressed: false, size: whole.length, content: inPieces() };
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of zipStream(some(), instant('2026-03-01T10:30:00Z'))) chunks.push(chunk);
    expect(Buffer.concat(chunks).includes(whole)).toBe(true);
  });

  test('asks for no further entry when nobody reads on', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<ZipEntry> {
      for (;;) {
        asked += 1;
        yield { path: `${asked}.txt`, compressed: false, content: content('x'.repeat(100_000)) };
      }
    }
    for await (const _ of zipStream(endless(), instant('2026-03-01T10:30:00Z'))) break;
    const then = asked;
    await setTimeout(50);
    expect(asked).toBe(then);
    expect(asked).toBeLessThan(10);
  });
});
