/**
 * The logical structure of the document (ISO 32000-1, 14.7): which element each piece of content belongs to. Each element is
 * written and forgotten as soon as it is closed; its parent keeps a number. pdfkit's own tree keeps every element until the
 * end and writes a wrong page for links that go on overleaf.
 */
import type { PdfDocument, PdfReference } from './libraries.ts';
import { pdfNumber, pdfPointer, pdfSource, pdfText } from './pdf-source.ts';

/** Standard structure types in use (ISO 32000-1, 14.8.4). */
export type StructureType =
  | 'Document' | 'P' | 'H1' | 'H2' | 'H3' | 'BlockQuote' | 'L' | 'LI' | 'Lbl' | 'LBody' | 'Table' | 'Caption' | 'THead'
  | 'TBody' | 'TR' | 'TH' | 'TD' | 'Link' | 'Span' | 'Figure'; // biome-ignore format: one glance

/** What assistive technology reads of an element besides its content. */
export type StructureAttributes = {
  readonly alternative?: string;
  /** What the content says, where its glyphs do not say it. */
  readonly actualText?: string;
  readonly language?: string;
  /** What a header cell is the header of. */
  readonly scope?: 'Column' | 'Row';
  readonly columnSpan?: number;
  readonly listNumbering?: 'Disc' | 'Decimal' | 'LowerAlpha' | 'None';
  /** Lower left and upper right corner, in PDF coordinates. */
  readonly boundingBox?: readonly [number, number, number, number];
};

/** An open element, by its number. */
export type StructureElement = { readonly id: number };

/** The structure of the document that is being written; whatever is drawn belongs to an element or is an artifact (PDF/UA). */
export type StructureTree = {
  readonly root: StructureElement;
  /** Elements appear under their parent in the order in which they are opened. */
  open(type: StructureType, parent: StructureElement, attributes?: StructureAttributes): StructureElement;
  close(element: StructureElement): void;
  /** Content drawn meanwhile belongs to the element. Must not nest. */
  content(element: StructureElement, draw: () => void): void;
  /** Content that is no part of the text: rules, backgrounds, page furniture, repeated headers. */
  artifact(type: 'Layout' | 'Pagination', draw: () => void): void;
  /** Makes the annotation part of the element; its dictionary gets the key that is returned (StructParent). */
  annotation(element: StructureElement, annotation: PdfReference): number;
  /** To be called before pdfkit leaves a page, and once at the end. */
  endPage(): void;
  /** Closes the root and writes the tree's root, before the document ends. */
  finish(): void;
};

type OpenElement = {
  readonly id: number;
  readonly type: StructureType;
  readonly reference: PdfReference;
  readonly parentId: number;
  readonly attributes: StructureAttributes;
  readonly kids: string[];
  /** Page of its first content; content elsewhere names its page. */
  pageId: number | undefined;
};

/** @param pdf a document created with `tagged`, which has a structure tree root */
export function createStructureTree(pdf: PdfDocument): StructureTree {
  const treeRoot = pdf.getStructTreeRoot();
  const open = new Map<number, OpenElement>();
  /** Entries of the parent tree (14.7.4.4), by key: what each page's contents, or an annotation, belong to. */
  const parentTree: string[] = [];
  let pageOwners: number[] = [];
  let pageKey: number | undefined;
  let drawing = false;

  const find = (element: StructureElement): OpenElement => {
    const found = open.get(element.id);
    if (!found) throw new Error(`Structure element ${element.id} is already closed.`);
    return found;
  };

  const begin = (type: StructureType, parentId: number, attributes: StructureAttributes): StructureElement => {
    const reference = pdf.ref();
    const element = { id: reference.id, type, reference, parentId, attributes, kids: [], pageId: undefined };
    open.set(element.id, element);
    return { id: element.id };
  };

  const close = (element: StructureElement): void => {
    const closed = find(element);
    closed.reference.data = pdfSource(elementSource(closed));
    closed.reference.end();
    open.delete(closed.id);
  };

  const mark = (operator: string, draw: () => void): void => {
    if (drawing) throw new Error('Marked content must not nest.');
    drawing = true;
    pdf.addContent(operator);
    draw();
    pdf.addContent('EMC');
    drawing = false;
  };

  const root = begin('Document', treeRoot.id, {});

  return {
    root,
    open: (type, parent, attributes = {}) => {
      const element = begin(type, parent.id, attributes);
      find(parent).kids.push(pdfPointer(element.id));
      return element;
    },
    close,
    content: (element, draw) => {
      const owner = find(element);
      const page = pdf.page.dictionary;
      if (pageKey === undefined) {
        pageKey = parentTree.push('') - 1;
        page.data.StructParents = pageKey;
      }
      const contentId = pageOwners.push(owner.id) - 1;
      owner.pageId ??= page.id;
      owner.kids.push(
        owner.pageId === page.id ? String(contentId) : `<< /Type /MCR /Pg ${pdfPointer(page.id)} /MCID ${contentId} >>`,
      );
      mark(`/${owner.type} << /MCID ${contentId} >> BDC`, draw);
    },
    artifact: (type, draw) => mark(`/Artifact << /Type /${type} >> BDC`, draw),
    annotation: (element, annotation) => {
      const owner = find(element);
      const page = pdf.page.dictionary;
      owner.kids.push(`<< /Type /OBJR /Obj ${pdfPointer(annotation.id)} /Pg ${pdfPointer(page.id)} >>`);
      return parentTree.push(pdfPointer(owner.id)) - 1;
    },
    endPage: () => {
      if (pageKey === undefined) return;
      const owners = pdf.ref();
      owners.data = pdfSource(`[${pageOwners.map(pdfPointer).join(' ')}]`);
      owners.end();
      parentTree[pageKey] = pdfPointer(owners.id);
      pageKey = undefined;
      pageOwners = [];
    },
    finish: () => {
      close(root);
      const [unclosed] = open.values();
      if (unclosed) throw new Error(`Structure element ${unclosed.type} was never closed.`);
      const numbers = parentTree.map((entry, key) => `${key} ${entry}`).join('\n');
      // pdfkit ends this object itself, at the end of the document.
      treeRoot.data = pdfSource(
        `<< /Type /StructTreeRoot /K ${pdfPointer(root.id)} /ParentTreeNextKey ${parentTree.length} ` +
          `/ParentTree << /Nums [${numbers}] >> >>`,
      );
    },
  };
}

function elementSource({ type, parentId, pageId, kids, attributes }: OpenElement): string {
  const entries = [`/S /${type}`, `/P ${pdfPointer(parentId)}`];
  if (pageId !== undefined) entries.push(`/Pg ${pdfPointer(pageId)}`);
  if (kids.length > 0) entries.push(`/K [${kids.join(' ')}]`);
  if (attributes.alternative !== undefined) entries.push(`/Alt ${pdfText(attributes.alternative)}`);
  if (attributes.actualText !== undefined) entries.push(`/ActualText ${pdfText(attributes.actualText)}`);
  if (attributes.language !== undefined) entries.push(`/Lang ${pdfText(attributes.language)}`);
  const attributeObjects = attributeSources(attributes);
  if (attributeObjects.length > 0) entries.push(`/A [${attributeObjects.join(' ')}]`);
  return `<< ${entries.join(' ')} >>`;
}

function attributeSources({ scope, columnSpan, listNumbering, boundingBox }: StructureAttributes): string[] {
  const sources: string[] = [];
  if (scope !== undefined) sources.push(`<< /O /Table /Scope /${scope} >>`);
  if (columnSpan !== undefined) sources.push(`<< /O /Table /ColSpan ${columnSpan} >>`);
  if (listNumbering !== undefined) sources.push(`<< /O /List /ListNumbering /${listNumbering} >>`);
  if (boundingBox) sources.push(`<< /O /Layout /Placement /Block /BBox [${boundingBox.map(pdfNumber).join(' ')}] >>`);
  return sources;
}
