/** What staff may change of a letter before it is sent: they add paragraphs and choose who signs; what the law requires stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LetterContent } from '../../../domain/letter/letter-content.ts';
import { instant } from '../../../domain/time/instant.ts';
import { composeDocument } from '../../../letters/compose-document.ts';
import type { Block } from '../../../letters/document/model.ts';
import { sampleContents, sampleTitles } from './support/sample-contents.ts';

const at = instant('2026-03-09T10:00:00Z');

const blocksOf = (content: LetterContent): readonly Block[] => {
  const { blocks } = composeDocument({ titles: sampleTitles }, content, at);
  return Symbol.iterator in blocks ? [...blocks] : [];
};
const written = (block: Block): string => JSON.stringify(block);

/** How many of the wanted blocks stand in `blocks`, in their order. */
const foundInOrder = (wanted: readonly string[], blocks: readonly string[]): number => {
  let next = 0;
  for (const block of blocks) if (block === wanted[next]) next += 1;
  return next;
};

const paragraph = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  fc.constantFrom('</p><p>', '\n\n\n', 'art. 77', 'Distinti saluti', '\u202egnorw', '{{remedies}}', 'undefined'),
);

const letters = (['it', 'en'] as const).flatMap((language) =>
  [...sampleContents(language)].map(([name, content]) => ({ name, language, content })),
);

describe.each(letters)('$name ($language)', ({ content }) => {
  it('keeps every block that the law asks for, whatever staff add and whoever signs', () => {
    const bare = { ...content, addedParagraphs: [] };
    const required = blocksOf(bare)
      .filter(({ kind }) => kind !== 'signature')
      .map(written);
    fc.assert(
      fc.property(fc.array(paragraph, { maxLength: 10 }), fc.string({ minLength: 1 }), (addedParagraphs, name) => {
        const blocks = blocksOf({ ...content, addedParagraphs, signatory: { ...content.signatory, name } });
        const texts = blocks.filter(({ kind }) => kind !== 'signature').map(written);
        expect(foundInOrder(required, texts)).toBe(required.length);
        // An English letter says everything twice.
        const times = content.language === 'it' ? 1 : 2;
        expect(texts).toHaveLength(required.length + addedParagraphs.length * times);
        const signatures = blocks.filter((block) => block.kind === 'signature');
        expect(signatures).toHaveLength(times);
        expect(signatures.every(({ lines }) => lines.includes(name) && lines.includes(content.signatory.office))).toBe(
          true,
        );
      }),
      { numRuns: 25 },
    );
  });
});
