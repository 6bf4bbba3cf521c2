/**
 * What a letter is made of, as data: a letter's texts are written as values of these types and `render-document.ts` turns
 * them into an accessible PDF. Nothing here knows of pages, fonts or PDF.
 */

/** An `http:`, `https:` or `mailto:` address. `description` is what a screen reader says of the link. */
export type LinkPart = {
  readonly kind: 'link';
  readonly text: string;
  readonly url: string;
  readonly description: string;
};

/** Words in another language than the document's (BCP 47 tag), so that they are pronounced rightly. */
export type ForeignPart = { readonly kind: 'foreign'; readonly text: string; readonly language: string };

/**
 * A stretch of text. A line feed inside it starts a new line. Data that may be in a right-to-left script belongs in a part
 * of its own: each part is ordered by itself, so that a name in Arabic does not reverse the numbers that follow it.
 */
export type InlinePart = string | { readonly kind: 'strong'; readonly text: string } | LinkPart | ForeignPart;

/** Text with or without parts of its own; every text of a letter is one. */
export type RichText = string | readonly InlinePart[];

/** Levels must not be skipped: the first heading is of level 1, and a level 3 stands under a level 2. */
export type HeadingBlock = { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: RichText };

/** Running text. */
export type ParagraphBlock = {
  readonly kind: 'paragraph';
  readonly text: RichText;
  /** `small` is for notes that accompany a text, never for what the law demands. */
  readonly size?: 'normal' | 'small';
};

/** A person's own words, set apart and marked as a quotation. */
export type QuotationBlock = { readonly kind: 'quotation'; readonly text: RichText };

/** An item, or an item with a list below it. */
export type ListItem =
  | RichText
  | { readonly kind: 'item'; readonly text: RichText; readonly items: readonly ListItem[] };

/** A list; numbers and letters are made by the layout and read out by screen readers. */
export type ListBlock = {
  readonly kind: 'list';
  readonly numbering: 'bullets' | 'numbers' | 'letters';
  readonly items: readonly ListItem[];
};

/** Rows of a label and its value. */
export type DefinitionsBlock = {
  readonly kind: 'definitions';
  readonly rows: readonly { readonly label: string; readonly value: RichText }[];
};

/** A column with its header. */
export type TableColumn = {
  readonly title: string;
  /** Share of the width, in any unit: widths are relative to the sum over the columns. */
  readonly share: number;
  readonly align?: 'start' | 'end';
};

/** The cells of one row, in the order of the columns. */
export type TableRow = readonly RichText[];

/** A table with a header row. Its rows may be as many as a search can find. */
export type TableBlock = {
  readonly kind: 'table';
  /** Says what the table lists; read out before it. */
  readonly caption: RichText;
  readonly columns: readonly TableColumn[];
  /** As many cells as columns in each row. Read one row at a time, so that a long table is never whole in memory. */
  readonly rows: Iterable<TableRow> | AsyncIterable<TableRow>;
  /** Stands in the body when there is no row. */
  readonly emptyText: string;
  /** The first cell of each row names the row. */
  readonly rowHeader?: boolean;
};

/** Filled shape: an SVG path (`M 0 0 L …`) in the figure's own coordinates, and its colour as `#rrggbb`. */
export type VectorPath = { readonly path: string; readonly fill: string };

/** Filled shapes, such as the emblem of a body. */
export type Drawing = {
  /** What the drawing shows, for those who cannot see it. */
  readonly alternative: string;
  /** Size of the figure's own coordinate system; scaled to the place it gets. */
  readonly width: number;
  readonly height: number;
  readonly paths: readonly VectorPath[];
};

/** A drawing between the blocks of the text. */
export type FigureBlock = {
  readonly kind: 'figure';
  readonly drawing: Drawing;
  /** Height on paper in points. */
  readonly height: number;
};

/** The closing formula and who signs: together on one page, with the end of the text right before it (unless a table). */
export type SignatureBlock = {
  readonly kind: 'signature';
  readonly closing: RichText;
  /** Office, name and note (such as `firmato digitalmente`), one line each. */
  readonly lines: readonly string[];
};

/** The next block begins on a new page, unless the page is empty. */
export type PageBreakBlock = { readonly kind: 'pageBreak' };

/** One part of a letter's text, from top to bottom. */
export type Block =
  | HeadingBlock
  | ParagraphBlock
  | QuotationBlock
  | ListBlock
  | DefinitionsBlock
  | TableBlock
  | FigureBlock
  | SignatureBlock
  | PageBreakBlock;

/** Who writes, at the top of the first page. */
export type Letterhead = {
  readonly emblem?: Drawing;
  /** Name of the body. */
  readonly name: string;
  /** Department or office, address, PEC: one line each. */
  readonly lines: readonly string[];
};

/** Who the letter goes to. Stands where the right-hand window of a C6/5 envelope shows it. */
export type Recipient = {
  /** How it travels (`Via PEC`, `Raccomandata A/R`), above the address. */
  readonly channel?: string;
  readonly lines: readonly string[];
};

/** A file inside the PDF (PDF/A-3). */
export type Attachment = {
  /** Lower-case letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  readonly mediaType: string;
  readonly description: string;
  /** How it relates to the letter (ISO 32000-2, AFRelationship). */
  readonly relationship: 'Data' | 'Source' | 'Alternative' | 'Supplement';
  readonly content: Uint8Array;
};

/** The few words the layout itself needs, in the document's language. */
export type LayoutWords = {
  /** `Pagina` */
  readonly page: string;
  /** `di` */
  readonly of: string;
  /** `segue`: beside a row that goes on from the page before. */
  readonly continued: string;
};

/** A letter as data: what is read from top to bottom, and what the file says of itself. */
export type LetterDocument = {
  /** BCP 47 tag of the language the letter is written in. */
  readonly language: string;
  readonly title: string;
  readonly subject?: string;
  /** The body that issues the letter. */
  readonly author: string;
  /** Instant (ISO 8601, UTC) written into the file as its date; the same input always gives the same bytes. */
  readonly createdAt: string;
  readonly words: LayoutWords;
  readonly letterhead?: Letterhead;
  /** Protocol number, date, reference: beside the recipient. */
  readonly references?: readonly { readonly label: string; readonly value: string }[];
  readonly recipient?: Recipient;
  readonly blocks: Iterable<Block> | AsyncIterable<Block>;
  /** Left part of each page's foot; the page number is on the right. */
  readonly footer: string;
  readonly attachments?: readonly Attachment[];
};

/** A character that could not be shown and stands in the letter as a mark such as `[U+4F60]`. */
export type MissingCharacter = { readonly codePoint: string; readonly count: number };

/** What is known of the file once it is written; `sha256` is what the protocol register holds. */
export type RenderResult = {
  readonly pages: number;
  readonly bytes: number;
  /** SHA-256 of the file, lower-case hexadecimal. */
  readonly sha256: string;
  /** In the order of first appearance. */
  readonly missingCharacters: readonly MissingCharacter[];
};
