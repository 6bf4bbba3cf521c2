/** The type sizes, colours and spaces of a letter. Lengths are in points (1/72 inch). */
import type { FontWeight } from './font-faces.ts';

/** Points in a millimetre. */
export const MILLIMETRE = 72 / 25.4;

/** PDF operators that set the fill colour; all but `rule` have a contrast above 5:1 on white. */
export const COLOURS = {
  ink: '0.1 0.1 0.12 rg',
  heading: '0.09 0.2 0.3 rg',
  quiet: '0.28 0.34 0.4 rg',
  link: '0 0.35 0.7 rg',
  tint: '0.925 0.945 0.965 rg',
  rule: '0.72 0.77 0.82 rg',
} as const;

/** A name of `COLOURS`. */
export type Colour = keyof typeof COLOURS;

/** How a text looks; sizes in points. */
export type TextStyle = {
  readonly weight: FontWeight;
  readonly size: number;
  /** Distance between two baselines. */
  readonly leading: number;
  readonly colour: Colour;
};

const style = (size: number, leading: number, colour: Colour = 'ink', weight: FontWeight = 'regular'): TextStyle => ({
  weight,
  size,
  leading,
  colour,
});

/** The look of each kind of text, by what the text is and never by how it looks. */
export const STYLES = {
  body: style(10.5, 15),
  small: style(9, 12.5, 'quiet'),
  heading1: style(13, 17.5, 'heading', 'bold'),
  heading2: style(11.5, 16, 'heading', 'bold'),
  heading3: style(10.5, 15, 'heading', 'bold'),
  label: style(10.5, 15, 'ink', 'bold'),
  quotation: style(10.5, 15, 'ink', 'italic'),
  caption: style(9.5, 13, 'quiet', 'italic'),
  tableHead: style(9, 12.5, 'heading', 'bold'),
  tableRowHead: style(9, 12.5, 'ink', 'bold'),
  tableCell: style(9, 12.5),
  tableNote: style(8, 12.5, 'quiet', 'italic'),
  bodyName: style(15, 19, 'heading', 'bold'),
  bodyLine: style(8.5, 11.5, 'quiet'),
  reference: style(9, 12.5, 'quiet'),
  referenceValue: style(9, 12.5),
  address: style(10.5, 13.5),
  addressChannel: style(8.5, 13.5, 'quiet'),
  footer: style(8, 10.5, 'quiet'),
} as const satisfies Record<string, TextStyle>;

/** Space below a block, and above a heading. */
export const GAPS = { paragraph: 7, listItem: 3, aboveHeading: 9, belowHeading: 4, table: 11, section: 14 } as const;

/** A4, 22 mm at the sides. */
export const PAGE = {
  width: 595.28,
  height: 841.89,
  left: 22 * MILLIMETRE,
  right: 595.28 - 22 * MILLIMETRE,
  top: 20 * MILLIMETRE,
  /** Where the footer's last line ends. */
  footerEnd: 841.89 - 12 * MILLIMETRE,
} as const;

/** Distance from the top of a line to its baseline: capitals stand in the middle of the line. */
export function baselineOf(style: TextStyle): number {
  return style.leading / 2 + style.size * 0.35;
}
