/** Sets a block of any kind. */
import { assertNever } from '../../domain/result.ts';
import { prepareDefinitions } from './blocks/definitions.ts';
import { prepareFigure } from './blocks/figure.ts';
import { prepareHeading } from './blocks/heading.ts';
import { prepareList } from './blocks/list.ts';
import { prepareParagraph, prepareQuotation } from './blocks/paragraph.ts';
import { type PreparedBlock, prepared } from './blocks/prepared-block.ts';
import { prepareSignature } from './blocks/signature.ts';
import { prepareTable } from './blocks/table.ts';
import type { Composition } from './composition.ts';
import type { Block } from './model.ts';

/** Sets a block by its kind, so that its heights are known before a page is chosen for it. */
export function prepareBlock(composition: Composition, block: Block): PreparedBlock {
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
