/** Sets blocks of any kind and puts them on the pages one after the other, looking ahead only as far as a page break may have to consider. */

import { assertNever } from '../../domain/result.ts';
import { prepareFigure } from './blocks/figure.ts';
import { prepareDefinitions, prepareList } from './blocks/lists.ts';
import { type PreparedBlock, prepared } from './blocks/prepared-block.ts';
import { prepareTable } from './blocks/table.ts';
import { prepareHeading, prepareParagraph, prepareQuotation, prepareSignature } from './blocks/text-blocks.ts';
import type { Block } from './model.ts';
import type { Composition } from './page-flow.ts';

/** Sets a block by its kind, so that its heights are known before a page is chosen for it. */
function prepareBlock(composition: Composition, block: Block): PreparedBlock {
  switch (block.kind) {
    case 'heading':
      return prepareHeading(composition, block);
    case 'paragraph':
      return prepareParagraph(composition, block);
    case 'quotation':
      return prepareQuotation(composition, block);
    case 'list':
      return prepareList(composition, block);
    case 'definitions':
      return prepareDefinitions(composition, block);
    case 'table':
      return prepareTable(composition, block);
    case 'figure':
      return prepareFigure(composition, block);
    case 'signature':
      return prepareSignature(composition, block);
    case 'pageBreak':
      return prepared({
        draw: async () => {
          if (!composition.flow.atTop()) await composition.flow.nextPage();
        },
      });
    default:
      return assertNever(block);
  }
}

/** Draws all blocks, read one at a time. Throws on a heading that skips a level: screen readers go by them (PDF/UA). */
export async function drawBlocks(
  composition: Composition,
  blocks: Iterable<Block> | AsyncIterable<Block>,
): Promise<void> {
  /** Blocks not drawn yet: one whose neighbours matter, and what was read to know them. */
  const waiting: PreparedBlock[] = [];
  const headings = createHeadingCheck();
  for await (const block of blocks) {
    if (block.kind === 'heading') headings.check(block.level);
    waiting.push(prepareBlock(composition, block));
    while (isDecided(waiting)) await drawFirst(composition, waiting);
  }
  while (waiting.length > 0) await drawFirst(composition, waiting);
}

/** What follows the first block is known: the next one, and behind headings the first block that is none. */
function isDecided(waiting: readonly PreparedBlock[]): boolean {
  return waiting.length >= 2 && !waiting.every((block) => block.keepWithNext);
}

async function drawFirst(composition: Composition, waiting: PreparedBlock[]): Promise<void> {
  const [first, next] = waiting;
  if (!first) return;
  const { flow } = composition;
  let needed = 0;
  for (const block of waiting) {
    needed += block.spaceAbove + block.lead;
    if (!block.keepWithNext) break;
  }
  await flow.ensure(needed);
  if (!flow.atTop()) flow.y += first.spaceAbove;
  waiting.shift();
  await first.draw(next?.keepWithPrevious ?? 0);
}

function createHeadingCheck(): { check(level: number): void } {
  let previous = 0;
  return {
    check: (level) => {
      if (level > previous + 1) throw new Error(`A heading of level ${level} stands below one of level ${previous}.`);
      previous = level;
    },
  };
}
