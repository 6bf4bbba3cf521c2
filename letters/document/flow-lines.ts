/** Lets the lines of a text run over as many pages as they need, without leaving one of them alone on a page. */
import type { PageFlow } from './page-flow.ts';

/** Lines of one height, `leading` points each, and how to draw some of them. */
export type LinesToFlow = {
  readonly count: number;
  readonly leading: number;
  /** Height of what must follow on the page where the lines end. */
  readonly keepAfter?: number;
  /** Draws lines `from` (included) to `to` (excluded), the first with its top at `y`. */
  draw(from: number, to: number, y: number): void;
};

/** Fewest lines of a text to stand at the end of one page or at the beginning of the next. */
const TOGETHER = 2;

/** Height that must be left on a page for a text of so many lines to begin there. */
export function leadHeight(count: number, leading: number): number {
  return (count <= TOGETHER + 1 ? count : TOGETHER) * leading;
}

/** Draws the lines from `flow.y` on, over as many pages as they need, and leaves `flow.y` below them. */
export async function flowLines(flow: PageFlow, { count, leading, keepAfter = 0, draw }: LinesToFlow): Promise<void> {
  let at = 0;
  while (at < count) {
    const left = count - at;
    const fitting = Math.max(0, Math.floor((flow.remaining() + 0.001) / leading));
    let take = left;
    if (left * leading + keepAfter > flow.remaining()) {
      take = Math.min(fitting, left - TOGETHER);
      if (take < (at === 0 ? TOGETHER : 1)) take = 0;
      // On an empty page there is no better place: go on with what fits.
      if (take <= 0 && flow.atTop()) take = Math.max(1, Math.min(fitting, left));
    }
    if (take > 0) {
      draw(at, at + take, flow.y);
      flow.y += take * leading;
      at += take;
    }
    if (at < count) await flow.nextPage();
  }
}
