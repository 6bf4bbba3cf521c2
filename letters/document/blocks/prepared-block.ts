/** A block that is set and knows its heights, but is not on paper yet: what is needed to decide where a page ends. */

/** What a block says of itself before it is drawn; heights and spaces in points. */
export type PreparedBlock = {
  /** Space above it, unless it is the first thing on a page. */
  readonly spaceAbove: number;
  /** Height that must be left on the page for it to begin there. */
  readonly lead: number;
  /** A page must not end right below it. */
  readonly keepWithNext: boolean;
  /** Height of what belongs on the page with the end of the block before it. */
  readonly keepWithPrevious: number;
  /** Draws it from `flow.y` on, and moves `flow.y` below it. @param keepAfter height that must follow on its last page */
  draw(keepAfter: number): Promise<void>;
};

/** Gives a block's own decisions the usual ones beside them. */
export function prepared(block: Partial<PreparedBlock> & Pick<PreparedBlock, 'draw'>): PreparedBlock {
  return { spaceAbove: 0, lead: 0, keepWithNext: false, keepWithPrevious: 0, ...block };
}
