/** Every letter and outcome in both languages, as a file, passes PDF/A-3a and PDF/UA-1. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instant } from '../../domain/instant.ts';
import { composeDocument } from '../../letters/compose-document.ts';
import { collectLetter } from './support/collect-letter.ts';
import { sampleContents, sampleTitles } from './support/sample-contents.ts';
import { validateWithVeraPdf, whyNoVeraPdf } from './support/verapdf.ts';

test('every letter passes PDF/A-3a and PDF/UA-1', { timeout: 600_000 }, async (context) => {
  const unavailable = await whyNoVeraPdf();
  if (unavailable) return context.skip(unavailable);
  const folder = await mkdtemp(join(tmpdir(), 'oblio-texts-'));
  try {
    const files: string[] = [];
    for (const language of ['it', 'en'] as const) {
      for (const [name, content] of sampleContents(language)) {
        const path = join(folder, `${language}-${name.replace(/[^a-z-]+/g, '-')}.pdf`);
        const letter = composeDocument({ titles: sampleTitles }, content, instant('2026-03-09T10:00:00Z'));
        await writeFile(path, (await collectLetter(letter)).file);
        files.push(path);
      }
    }
    const { checked, passed, failures } = await validateWithVeraPdf(files);
    process.stdout.write(`veraPDF: ${files.length} letters, ${passed} of ${checked} checks passed\n`);
    expect(failures).toEqual([]);
    expect(passed).toBe(files.length * 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
