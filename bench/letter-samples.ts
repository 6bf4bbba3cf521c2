/** Letters of a given length for the benchmarks: text that differs from page to page, as that of a real case does. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { FontLibrary } from '../letters/document/font-library.ts';
import { PDFDocument } from '../letters/document/libraries.ts';
import type { Block, InlinePart, LetterDocument, RichText, TableRow } from '../letters/document/model.ts';

const ROWS_PER_PAGE = 21;

const SENTENCES = [
  'In relazione alla Sua richiesta si comunica che è stata verificata la Sua identità e che questa Amministrazione, in qualità di titolare, conferma che è in corso un trattamento di dati personali che La riguardano.',
  'Le finalità, le categorie di dati, i destinatari e il periodo di conservazione sono riportati più avanti; là dove possibile si è già provveduto alla rettifica.',
  'I dati sono trattati per l’esecuzione di un compito di interesse pubblico (art. 6, par. 1, lett. e), del Regolamento) e non sono trasferiti verso paesi terzi.',
  'La cancellazione avverrà entro la data indicata accanto a ciascuna registrazione, salvo che sopravvenga un obbligo di legge o un contenzioso.',
];

/** A letter of about so many pages: two of text and a first table, the others of table. */
export function letterOfPages(pages: number): LetterDocument {
  return {
    language: 'it-IT',
    title: 'Riscontro alla richiesta di accesso – prot. n. 0001234/2026',
    author: 'Comune di Esempio',
    createdAt: '2026-03-09T10:00:00Z',
    words: { page: 'Pagina', of: 'di', continued: 'segue' },
    letterhead: {
      name: 'Comune di Esempio',
      lines: ['Ufficio Protezione Dati', 'Piazza della Libertà, 1 – 00000 Esempio (XX)'],
    },
    references: [
      { label: 'Protocollo', value: 'n. 0001234/2026' },
      { label: 'Data', value: '9 marzo 2026' },
    ],
    recipient: {
      channel: 'Via PEC',
      lines: ['Gent.ma Sig.ra', 'Niccolò Però', 'Via dell’Università, 12', '00100 Città (RM)'],
    },
    footer: 'Comune di Esempio · rpd@example.it · Prot. n. 0001234/2026 del 9 marzo 2026',
    blocks: letterBlocks(12 + Math.max(0, pages - 2) * ROWS_PER_PAGE),
  };
}

function letterBlocks(rows: number): Block[] {
  return [
    { kind: 'heading', level: 1, text: 'Oggetto: riscontro alla richiesta di accesso ai dati personali' },
    ...SENTENCES.map((text): Block => ({ kind: 'paragraph', text })),
    { kind: 'heading', level: 2, text: 'Finalità e destinatari' },
    { kind: 'list', numbering: 'bullets', items: SENTENCES.slice(1) },
    {
      kind: 'definitions',
      rows: [
        { label: 'Destinatari', value: 'GPI S.p.A., responsabile del trattamento, con sede in Trento' },
        { label: 'Cancellazione', value: [{ kind: 'strong', text: 'entro il 12 agosto 2026' }] },
      ],
    },
    { kind: 'heading', level: 2, text: 'Dati trattati' },
    {
      kind: 'table',
      caption: 'Registrazioni presenti alla data della richiesta',
      columns: [
        { title: 'Data', share: 15 },
        { title: 'Sistema', share: 20 },
        { title: 'Contenuto', share: 50 },
        { title: 'Importo', share: 15, align: 'end' },
      ],
      rows: tableRows(rows),
      rowHeader: true,
      emptyText: 'Nessuna registrazione.',
    },
    { kind: 'heading', level: 2, text: 'Diritti e reclamo' },
    { kind: 'paragraph', text: SENTENCES.join(' ') },
    { kind: 'signature', closing: 'Distinti saluti.', lines: ['Il Dirigente', 'Dott.ssa Zoë Però-Lapalà'] },
  ];
}

/** Can be read any number of times, a row at a time. */
function tableRows(count: number): Iterable<TableRow> {
  return {
    *[Symbol.iterator]() {
      for (let row = 0; row < count; row++) {
        const day = String(1 + (row % 28)).padStart(2, '0');
        yield [
          `${day}/${String(1 + (row % 12)).padStart(2, '0')}/2025`,
          ['Anagrafe', 'Tributi', 'Mensa scolastica', 'Centralino'][row % 4] ?? '',
          `Registrazione n. ${100_000 + row * 7}: variazione richiesta dall’interessato${row % 5 === 0 ? ' e confermata' : ''}`,
          `€ ${(row * 3.57).toFixed(2).replace('.', ',')}`,
        ];
      }
    },
  };
}

/** All words of the letter, paragraph by paragraph, row by row. */
export function wordsOf(letter: LetterDocument): { readonly text: string; readonly isHeading: boolean }[] {
  if (Symbol.asyncIterator in letter.blocks)
    throw new Error('The words of a letter that is still arriving cannot be listed.');
  const body = (text: string): { text: string; isHeading: boolean } => ({ text, isHeading: false });
  return [
    ...[letter.letterhead?.name ?? '', ...(letter.letterhead?.lines ?? []), ...(letter.recipient?.lines ?? [])].map(
      body,
    ),
    ...(letter.references ?? []).map(({ label, value }) => body(`${label} ${value}`)),
    ...[...letter.blocks].flatMap((block) =>
      textsOf(block).map((text) => ({ text, isHeading: block.kind === 'heading' })),
    ),
  ];
}

function textsOf(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
    case 'paragraph':
    case 'quotation':
      return [plain(block.text)];
    case 'list':
      return block.items.map((item) => plain(typeof item === 'object' && 'kind' in item ? item.text : item));
    case 'definitions':
      return block.rows.map(({ label, value }) => `${label} ${plain(value)}`);
    case 'table':
      if (Symbol.asyncIterator in block.rows) throw new Error('Rows that are still arriving cannot be listed.');
      return [plain(block.caption), ...[...block.rows].map((row) => row.map(plain).join(' '))];
    case 'signature':
      return [plain(block.closing), ...block.lines];
    default:
      return [];
  }
}

function plain(text: RichText): string {
  const textOf = (part: InlinePart): string => (typeof part === 'string' ? part : part.text);
  return typeof text === 'string' ? text : text.map(textOf).join('');
}

/** The floor: pdfkit writes the same words untagged, with the same fonts. Answers how many pages there are. */
export const writeUntagged = async (
  words: ReturnType<typeof wordsOf>,
  library: FontLibrary,
  target: Writable,
): Promise<number> => {
  const pdf = new PDFDocument({ size: 'A4', font: null });
  let pages = 1;
  pdf.on('pageAdded', () => {
    pages++;
  });
  pdf.pipe(target);
  for (const { text, isHeading } of words) {
    pdf.font(
      library.font(isHeading ? 'titilliumBold' : 'titillium'),
      isHeading ? 'bold' : 'regular',
      isHeading ? 12 : 10.5,
    );
    pdf.text(text);
  }
  pdf.end();
  await once(target, 'finish');
  return pages;
};
