/** Every letter and outcome in both languages, as a file and as a preview, passes PDF/A-3a and PDF/UA-1. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instant } from '../../../domain/time/instant.ts';
import { composeDocument } from '../../../letters/compose-document.ts';
import { asPreview, previewNumber } from '../../../letters/render-letter.ts';
import { collectLetter } from './support/collect-letter.ts';
import { readPdf } from './support/read-pdf.ts';
import { sampleContents, sampleTitles } from './support/sample-contents.ts';
import { validateWithVeraPdf, whyNoVeraPdf } from './support/verapdf.ts';

const writtenAt = instant('2026-03-09T10:00:00Z');

test('every letter, and its preview, passes PDF/A-3a and PDF/UA-1', { timeout: 600_000 }, async (context) => {
  const unavailable = await whyNoVeraPdf();
  if (unavailable) return context.skip(unavailable);
  const folder = await mkdtemp(join(tmpdir(), 'oblio-texts-'));
  try {
    const files: string[] = [];
    for (const language of ['it', 'en'] as const) {
      for (const [name, content] of sampleContents(language)) {
        const path = join(folder, `${language}-${name.replace(/[^a-z-]+/g, '-')}.pdf`);
        const letter = composeDocument({ titles: sampleTitles }, content, writtenAt);
        await writeFile(path, (await collectLetter(letter)).file);
        files.push(path);
        // Of each kind that staff can look at beforehand one preview: it differs from the letter by its marks only.
        if (content.audience !== 'subject' || (content.kind === 'answer' && name !== 'answer: refused')) continue;
        // A preview is read by the same people, so it is as accessible, and nobody can take it for the letter.
        const preview = join(folder, `${language}-preview-of-${name.replace(/[^a-z-]+/g, '-')}.pdf`);
        const unnumbered = { ...content, protocol: { ...content.protocol, number: previewNumber } };
        const draft = asPreview(composeDocument({ titles: sampleTitles }, unnumbered, writtenAt), language);
        const { file } = await collectLetter(draft);
        const { pageTexts } = await readPdf(file);
        expect(pageTexts.filter((text) => !text.includes('ANTEPRIMA / BOZZA'))).toEqual([]);
        expect(pageTexts.join('\n')).not.toContain(content.protocol.number);
        await writeFile(preview, file);
        files.push(preview);
      }
    }
    const { checked, passed, failures } = await validateWithVeraPdf(files);
    process.stdout.write(`veraPDF: ${files.length} letters and previews, ${passed} of ${checked} checks passed\n`);
    expect(failures).toEqual([]);
    expect(passed).toBe(files.length * 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
