/** Reads a PDF back the way a reader or a screen reader does: text by page, text by structure, metadata, attachments. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An element of the structure tree with what it says, as far as it stands on one page. */
export type StructureNode = {
  readonly role: string;
  readonly text: string;
  readonly children: readonly StructureNode[];
};

/** Lengths in points; `baseline` from the top of the page, whose number begins with 1. */
export type PlacedText = {
  readonly text: string;
  readonly page: number;
  readonly left: number;
  readonly right: number;
  readonly baseline: number;
};

export type ReadPdf = {
  readonly pageCount: number;
  readonly title: unknown;
  readonly language: unknown;
  readonly metadata: { readonly part: unknown; readonly conformance: unknown; readonly uaPart: unknown };
  readonly attachments: ReadonlyMap<string, Uint8Array>;
  /** By page: the text in the order of the page's content, without regard to structure; footers and all. */
  readonly pageTexts: readonly string[];
  /** Every piece of text with its place. */
  readonly placed: readonly PlacedText[];
  /** By page: what belongs to the structure. */
  readonly structure: readonly StructureNode[];
};

type ContentItem =
  | { readonly str: string; readonly hasEOL: boolean; readonly width: number; readonly transform: readonly number[] }
  | {
      readonly type: 'beginMarkedContent' | 'beginMarkedContentProps' | 'endMarkedContent';
      readonly id?: string | null;
    };
type StructNode = {
  readonly role?: string;
  readonly alt?: string;
  readonly type?: string;
  readonly id?: string;
  readonly children?: readonly StructNode[];
};
type Page = {
  readonly view: readonly number[];
  getTextContent(options: { includeMarkedContent: boolean; disableNormalization: boolean }): Promise<{
    readonly items: readonly ContentItem[];
  }>;
  getStructTree(): Promise<StructNode | null>;
  cleanup(): void;
};
type Pdf = {
  readonly numPages: number;
  getPage(number: number): Promise<Page>;
  getMetadata(): Promise<{
    readonly info: Readonly<Record<string, unknown>>;
    readonly metadata: { get(name: string): unknown } | null;
  }>;
  getAttachments(): Promise<Readonly<Record<string, { readonly content: Uint8Array }>> | null>;
};

/** @param options without structure a long file is read much faster */
export async function readPdf(file: Uint8Array, options = { structure: true }): Promise<ReadPdf> {
  const root = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
  const pdfjs = await import(pathToFileURL(join(root, 'legacy/build/pdf.mjs')).href);
  const task = pdfjs.getDocument({
    data: new Uint8Array(file),
    standardFontDataUrl: join(root, 'standard_fonts/'),
    isEvalSupported: false,
    verbosity: 0,
  });
  const pdf: Pdf = await task.promise;
  const { info, metadata } = await pdf.getMetadata();
  const attachments = new Map(
    Object.entries((await pdf.getAttachments()) ?? {}).map(([name, { content }]) => [name, content]),
  );
  const pageTexts: string[] = [];
  const structure: StructureNode[] = [];
  const placed: PlacedText[] = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent({ includeMarkedContent: true, disableNormalization: true });
    pageTexts.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''));
    placed.push(...placeTexts(items, number, page.view[3] ?? 0));
    const tree = options.structure ? await page.getStructTree() : null;
    if (tree) structure.push(toNode(tree, textByContent(items)));
    page.cleanup();
  }
  const read = {
    pageCount: pdf.numPages,
    title: metadata?.get('dc:title'),
    language: info.Language,
    metadata: {
      part: metadata?.get('pdfaid:part'),
      conformance: metadata?.get('pdfaid:conformance'),
      uaPart: metadata?.get('pdfuaid:part'),
    },
    attachments,
    pageTexts,
    placed,
    structure,
  };
  await task.destroy();
  return read;
}

function placeTexts(items: readonly ContentItem[], page: number, height: number): PlacedText[] {
  return items.flatMap((item) => {
    if (!('str' in item) || item.str.trim() === '') return [];
    const [, , , , left = 0, up = 0] = item.transform;
    return [{ text: item.str, page, left, right: left + item.width, baseline: height - up }];
  });
}

function textByContent(items: readonly ContentItem[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const open: (string | undefined)[] = [];
  for (const item of items) {
    if ('str' in item) {
      const id = open.findLast((entry) => entry !== undefined);
      if (id !== undefined) texts.set(id, (texts.get(id) ?? '') + item.str + (item.hasEOL ? '\n' : ''));
    } else if (item.type === 'endMarkedContent') {
      open.pop();
    } else {
      open.push(item.id ?? undefined);
    }
  }
  return texts;
}

function toNode(node: StructNode, texts: ReadonlyMap<string, string>): StructureNode {
  const children = (node.children ?? []).map((child) =>
    child.type === 'content'
      ? { role: 'content', text: texts.get(child.id ?? '') ?? '', children: [] }
      : toNode(child, texts),
  );
  const drawn = children.map((child) => child.text).join('');
  // An element that began on another page is listed here too; what it says counts where it is drawn.
  const isDrawnHere = children.some((child) => child.role === 'content' || child.text !== '');
  return { role: node.role ?? node.type ?? '', text: (isDrawnHere && node.alt) || drawn, children };
}

/** All elements of a role, in reading order; one that spans pages comes once for each page. */
export function elementsOf(nodes: readonly StructureNode[], role: string): StructureNode[] {
  return nodes.flatMap((node) => (node.role === role ? [node] : elementsOf(node.children, role)));
}

/** What a screen reader would say, page after page. */
export function spokenText(pdf: ReadPdf): string {
  return pdf.structure.map((node) => node.text).join('\n');
}

/** The characters of a text without its spaces: where lines end is not part of what was said. */
export function withoutSpaces(text: string): string {
  return text.replace(/[\s\u00ad\u200b\u200e\u200f\u061c\u2060-\u206f\u202a-\u202e\ufeff]+/g, '');
}
