/** Drawings: filled shapes with a text for those who cannot see them. */

import { cleanLine } from '../clean-text.ts';
import type { Drawing, FigureBlock } from '../model.ts';
import type { Composition } from '../page-flow.ts';
import type { Press } from '../press.ts';
import type { StructureElement } from '../structure-tree.ts';
import { GAPS, PAGE } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

/** Throws when the drawing says nothing to those who cannot see it, or has no size. */
export function drawFigure(
  { pdf, structure }: Press,
  parent: StructureElement,
  drawing: Drawing,
  place: { readonly x: number; readonly y: number; readonly height: number },
): void {
  const alternative = cleanLine(drawing.alternative);
  if (!alternative) throw new Error('A figure needs a text that says what it shows.');
  if (!(drawing.width > 0 && drawing.height > 0)) throw new Error('A figure needs a width and a height above 0.');
  const scale = place.height / drawing.height;
  const bottom = pdf.page.height - place.y - place.height;
  const figure = structure.open('Figure', parent, {
    alternative,
    boundingBox: [place.x, bottom, place.x + drawing.width * scale, bottom + place.height],
  });
  structure.content(figure, () => {
    pdf.save().translate(place.x, place.y).scale(scale);
    for (const { path, fill } of drawing.paths) pdf.path(path).fill(fill);
    pdf.restore();
  });
  structure.close(figure);
}

/** Sets a drawing at its height on paper. Throws where it is larger than the room of a page. */
export function prepareFigure(composition: Composition, { drawing, height }: FigureBlock): PreparedBlock {
  const { flow, structure } = composition;
  const width = (drawing.width / drawing.height) * height;
  if (height > flow.bottom - PAGE.top || width > PAGE.right - PAGE.left) {
    throw new Error(`A figure of ${width} x ${height} points does not fit on a page.`);
  }
  return prepared({
    lead: height,
    draw: async () => {
      await flow.ensure(height);
      drawFigure(composition, structure.root, drawing, { x: PAGE.left, y: flow.y, height });
      flow.y += height + GAPS.paragraph;
    },
  });
}
