/** The pages, from top to bottom: where the next block goes, and what happens when a page is full. */

import type { LayoutWords } from './model.ts';
import type { PageFooter } from './page-footer.ts';
import type { Press } from './press.ts';
import { PAGE } from './text-style.ts';

/** Where on which page the next block goes, in points from the top. */
export type PageFlow = {
  /** Where the next block begins, in points from the top of the page. */
  y: number;
  /** Number of the current page. */
  readonly page: number;
  /** Where the room for blocks ends. */
  readonly bottom: number;
  /** Nothing stands on the page yet. */
  atTop(): boolean;
  remaining(): number;
  nextPage(): Promise<void>;
  /** Goes to the next page unless this height is left, or the page is empty anyway. */
  ensure(height: number): Promise<void>;
  /** Completes the last page. */
  finish(): void;
};

/** @param afterPage awaited between two pages: the moment to hand on what is written */
export function createPageFlow(
  { pdf, structure }: Press,
  footer: PageFooter,
  afterPage: () => Promise<void>,
): PageFlow {
  let page = 1;
  pdf.addPage();

  const completePage = (): void => {
    footer.draw();
    structure.endPage();
  };

  const flow: PageFlow = {
    y: PAGE.top,
    bottom: footer.top,
    get page() {
      return page;
    },
    atTop: () => flow.y <= PAGE.top,
    remaining: () => flow.bottom - flow.y,
    nextPage: async () => {
      completePage();
      const { dictionary } = pdf.page;
      pdf.addPage();
      // pdfkit keeps every page's dictionary until the end, but of a page that is written it needs the number only.
      dictionary.data = {};
      page++;
      flow.y = PAGE.top;
      await afterPage();
    },
    ensure: async (height) => {
      if (height > flow.remaining() && !flow.atTop()) await flow.nextPage();
    },
    finish: completePage,
  };
  return flow;
}

/** What one document is composed with; it lives as long as the document is written. */
export type Composition = Press & { readonly flow: PageFlow; readonly words: LayoutWords };
