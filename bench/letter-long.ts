/**
 * What a long letter costs: time per page and memory while a letter of 200 pages is written to a file, against pdfkit writing the same
 * text untagged. Aim: resident memory below 400 MB. Each runs in a process of its own, so that neither pays for the other's memory.
 *
 * Run: node bench/letter-long.ts [pages]
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createFontLibrary } from '../letters/document/font-library.ts';
import { renderDocument } from '../letters/document/render-document.ts';
import { letterOfPages, wordsOf, writeUntagged } from './letter-samples.ts';

const MEMORY_AIM = 400;

type Cost = {
  readonly pages: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly bytes: number;
};

async function renderTagged(pages: number, path: string): Promise<number> {
  return (await renderDocument({ library: createFontLibrary() }, letterOfPages(pages), createWriteStream(path))).pages;
}

async function measure(kind: string, pages: number): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'oblio-bench-'));
  const path = join(folder, 'letter.pdf');
  try {
    const start = performance.now();
    const before = process.cpuUsage();
    const written = await (kind === 'tagged'
      ? renderTagged(pages, path)
      : writeUntagged(wordsOf(letterOfPages(pages)), createFontLibrary(), createWriteStream(path)));
    const { user, system } = process.cpuUsage(before);
    return {
      pages: written,
      wallMs: performance.now() - start,
      cpuMs: (user + system) / 1000,
      rssMb: process.resourceUsage().maxRSS / 1024,
      bytes: (await stat(path)).size,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureApart(kind: string, pages: number): Promise<Cost> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), String(pages), kind]);
  return JSON.parse(stdout);
}

const pages = Number(process.argv[2] ?? 200);
const kind = process.argv[3];
if (kind) {
  process.stdout.write(JSON.stringify(await measure(kind, pages)));
} else {
  for (const each of ['untagged', 'tagged']) {
    const { pages: written, wallMs, cpuMs, rssMb, bytes } = await measureApart(each, pages);
    console.log(
      `${each.padEnd(9)} ${written} pages: ${(wallMs / 1000).toFixed(2)} s, ${(wallMs / written).toFixed(1)} ms a page ` +
        `(${(cpuMs / written).toFixed(1)} CPU), at most ${rssMb.toFixed(0)} MB resident, ${(bytes / 1e6).toFixed(1)} MB file`,
    );
    if (each === 'tagged') {
      console.log(`memory    aim: below ${MEMORY_AIM} MB ${rssMb < MEMORY_AIM ? 'held' : 'MISSED'}`);
      process.exitCode = rssMb < MEMORY_AIM ? 0 : 1;
    }
  }
}
