/**
 * What a two-page letter costs: CPU time to render it tagged, with fallback fonts, structure and both conformances, against
 * pdfkit writing the same text untagged in the same run, with the same fonts already parsed. Aim: at most 2.5 times.
 *
 * Run: node bench/letter-two-pages.ts
 */
import { Writable } from 'node:stream';
import { createFontLibrary } from '../letters/document/font-library.ts';
import { renderDocument } from '../letters/document/render-document.ts';
import { letterOfPages, wordsOf, writeUntagged } from './letter-samples.ts';
import { median } from './support/report.ts';

const ROUNDS = 60;
const AIM = 2.5;

const library = createFontLibrary();
const letter = letterOfPages(2);
const words = wordsOf(letter);

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

async function renderTagged(): Promise<number> {
  return (await renderDocument({ library }, letter, discard())).pages;
}

async function cpuMilliseconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const firstTagged = await cpuMilliseconds(renderTagged);
const pages = await renderTagged();
const tagged: number[] = [];
const untagged: number[] = [];
for (let round = 0; round < ROUNDS + 10; round++) {
  const cost = {
    tagged: await cpuMilliseconds(renderTagged),
    untagged: await cpuMilliseconds(() => writeUntagged(words, library, discard())),
  };
  if (round < 10) continue;
  tagged.push(cost.tagged);
  untagged.push(cost.untagged);
}
const ratio = median(tagged) / median(untagged);
console.log(
  `letter of ${pages} pages, ${words.reduce((sum, { text }) => sum + text.length, 0)} characters, ${ROUNDS} rounds`,
);
console.log(
  `tagged    ${median(tagged).toFixed(1)} ms CPU (median); the first in the process ${firstTagged.toFixed(0)} ms`,
);
console.log(`untagged  ${median(untagged).toFixed(1)} ms CPU (median)`);
console.log(`ratio     ${ratio.toFixed(2)} (aim: at most ${AIM}) ${ratio <= AIM ? 'held' : 'MISSED'}`);
process.exitCode = ratio <= AIM ? 0 : 1;
