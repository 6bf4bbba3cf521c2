/** Letters to test the layout with: a whole one as a public body would send it, and what hostile content looks like. */
import type { Block, Drawing, LetterDocument, RichText, TableRow } from '../../../../letters/document/model.ts';

export const EMBLEM: Drawing = {
  alternative: 'Stemma del Comune di Esempio',
  width: 36,
  height: 44,
  paths: [
    { path: 'M0 0 L36 0 L36 26 Q34 38 18 44 Q2 38 0 26 Z', fill: '#17405f' },
    { path: 'M14 4 h8 v32 h-8 Z M4 14 h28 v8 h-28 Z', fill: '#ffffff' },
  ],
};

/** A letter with nothing but these blocks. */
export function bareLetter(blocks: readonly Block[]): LetterDocument {
  return {
    language: 'it-IT',
    title: 'Riscontro alla richiesta di accesso',
    author: 'Comune di Esempio',
    createdAt: '2026-03-09T10:00:00Z',
    words: { page: 'Pagina', of: 'di', continued: 'segue' },
    footer: 'Comune di Esempio',
    blocks,
  };
}

export function paragraph(text: RichText): Block {
  return { kind: 'paragraph', text };
}

export function recordTable(rows: Iterable<TableRow>): Block {
  return {
    kind: 'table',
    caption: 'Tabella 1 – Registrazioni presenti alla data della richiesta',
    columns: [
      { title: 'Data', share: 15 },
      { title: 'Sistema', share: 20 },
      { title: 'Contenuto', share: 50 },
      { title: 'Importo', share: 15, align: 'end' },
    ],
    rowHeader: true,
    emptyText: 'Nessuna registrazione alla data della richiesta.',
    rows,
  };
}

/** Rows that differ from each other. */
export function* recordRows(count: number): Generator<TableRow> {
  const systems = ['Anagrafe', 'Tributi', 'Mensa scolastica', 'Centralino'];
  for (let row = 0; row < count; row++) {
    const day = String(1 + (row % 28)).padStart(2, '0');
    yield [
      `${day}/${String(1 + (row % 12)).padStart(2, '0')}/2025`,
      systems[row % systems.length] ?? '',
      `Registrazione n. ${1000 + row}: variazione richiesta dall’interessato`,
      `€ ${(row * 3.5).toFixed(2).replace('.', ',')}`,
    ];
  }
}

/** The shape of a complete letter of two pages, with every kind of block. */
export function completeLetter(rows = 12): LetterDocument {
  return {
    ...bareLetter([]),
    title: 'Riscontro alla richiesta di accesso – prot. n. 0001234/2026',
    subject: 'Art. 15 del Regolamento (UE) 2016/679',
    letterhead: {
      emblem: EMBLEM,
      name: 'Comune di Esempio',
      lines: ['Settore Affari Generali – Ufficio Protezione Dati', 'Piazza della Libertà, 1 – 00000 Esempio (XX)'],
    },
    references: [
      { label: 'Protocollo', value: 'n. 0001234/2026' },
      { label: 'Data', value: '9 marzo 2026' },
      { label: 'Riferimento', value: 'richiesta del 12 febbraio 2026, prot. n. 0000987/2026' },
    ],
    recipient: {
      channel: 'Via PEC: niccolo@pec.example.it',
      lines: [
        'Gent.ma Sig.ra',
        'Niccolò Ștefănescu D’Amélie-Żółkiewska',
        'Via dell’Università, 12',
        '00100 Città (RM)',
      ],
    },
    footer: 'Comune di Esempio · rpd@example.it · Prot. n. 0001234/2026 del 9 marzo 2026',
    blocks: completeBlocks(rows),
    attachments: [
      {
        name: 'dati-personali.json',
        mediaType: 'application/json',
        description: 'Dati personali in formato strutturato (JSON)',
        relationship: 'Data',
        content: new TextEncoder().encode('{"nome":"Niccolò"}'),
      },
    ],
  };
}

function completeBlocks(rows: number): Block[] {
  return [
    { kind: 'heading', level: 1, text: 'Oggetto: riscontro alla richiesta di accesso ai dati personali' },
    paragraph('Gentile Signora,'),
    paragraph([
      'la Sua richiesta è accolta: con questa lettera riceve ',
      { kind: 'strong', text: 'copia di tutti i dati' },
      ' che La riguardano. Perché ciò sia chiaro, più avanti sono riportate le finalità, le categorie di dati, i destinatari e il periodo di conservazione; là dove possibile si è già provveduto alla rettifica.',
    ]),
    { kind: 'heading', level: 2, text: 'Finalità e base giuridica' },
    {
      kind: 'list',
      numbering: 'bullets',
      items: [
        'Gestione del servizio di mensa scolastica (art. 6, par. 1, lett. e), del Regolamento).',
        { kind: 'item', text: 'Riscossione dei tributi locali:', items: ['TARI, anno 2025;', 'IMU, anno 2025.'] },
      ],
    },
    {
      kind: 'definitions',
      rows: [
        { label: 'Destinatari', value: 'GPI S.p.A., responsabile del trattamento, con sede in Trento' },
        { label: 'Cancellazione', value: [{ kind: 'strong', text: 'entro il 12 agosto 2026' }] },
      ],
    },
    { kind: 'heading', level: 2, text: 'Dati trattati' },
    recordTable(recordRows(rows)),
    { kind: 'quotation', text: 'Chiedo che la mia dichiarazione sia allegata ai dati.' },
    { kind: 'figure', drawing: EMBLEM, height: 30 },
    { kind: 'heading', level: 2, text: 'Diritti e reclamo' },
    paragraph([
      'Può proporre reclamo al Garante per la protezione dei dati personali tramite il sito ',
      {
        kind: 'link',
        text: 'www.garanteprivacy.it',
        url: 'https://www.garanteprivacy.it/',
        description: 'Sito web del Garante per la protezione dei dati personali',
      },
      ' oppure, in alternativa, ricorso al giudice ordinario. La documentazione è disponibile in ',
      { kind: 'foreign', text: 'English', language: 'en' },
      '. Il riscontro è gratuito.',
    ]),
    {
      kind: 'signature',
      closing: 'Distinti saluti.',
      lines: ['Il Dirigente', 'Dott.ssa Zoë Però-Lapalà', '(firmato)'],
    },
  ];
}

const tenThousand = (text: string): string => text.repeat(Math.ceil(10_000 / text.length)).slice(0, 10_000);

/** Texts that people, or people who mean harm, have sent to offices. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  empty: '',
  'spaces only': '     ',
  'a line feed only': '\n',
  'markup and quotes': `<script>alert("&amp;")</script> 'x' \\ ( ) [ ] { } % / # <<>> ]]>`,
  'a word of 10,000 letters': tenThousand('abcdefghij'),
  'a web address of 500 characters': `https://example.it/${'percorso/'.repeat(20)}${'moltolungo'.repeat(30)}`,
  'a message of 10,000 characters': tenThousand(
    'L’utente riferisce che la città è più in là, perché già verrà sabato. ',
  ),
  '2,000 lines': 'riga\n'.repeat(2000),
  emoji: 'Ciao! 😀 🍝🙏🏽 👋 ✅ 📅 ❤️ 🇮🇹 👨‍👩‍👧‍👦 🤷🏻‍♀️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🫠',
  '10,000 emoji units': tenThousand('😀👨‍👩‍👧🇮🇹❤️'),
  Arabic: 'مرحبا بالعالم، شكرا جزيلا (2026) في 12 مارس لا إله',
  '10,000 Arabic characters': tenThousand('مرحبا بالعالم، شكرا جزيلا. '),
  Hebrew: 'שלום עולם, 123 (תודה) abc רבה! שָׁלוֹם',
  'Hebrew without spaces': tenThousand('שלום'),
  'Arabic inside Italian': 'Il sig. محمد عبد الله ha scritto il 12/03/2026 (prot. 1234).',
  Chinese: '你好,谢谢。这是一个很长的句子',
  '10,000 Chinese characters': tenThousand('你好谢谢'),
  'Cyrillic, Greek, Vietnamese': 'Здравствуйте, спасибо! Ευχαριστώ! Nguyễn Thị Ánh',
  'Thai, Devanagari, Korean': 'สวัสดี नमस्ते 안녕하세요',
  'names of Europe': 'Żółkiewska Ștefănescu Đorđević Łukasz Þór Ðuro Ångström ŀ ẞ ĳ ŉ',
  'control characters': 'a\u0000b\u0007c\td\u001be\u007ff\u0085g\u009fh\r\ni\u000bj\u2028k',
  disguises: 'fattura\u202Etxt.exe re\u00adsponsabile zero\u200bwidth \ufeff\u2066x\u2069',
  'broken surrogates': 'a\ud800b\udc00c\ud83d',
  'noncharacters and private use': 'a\ufffeb\uffffc\ufdd0d\ue000e\u{f0000}f\u{1fffe}',
  'stacked marks': `Z${'\u0300\u0301\u0302'.repeat(300)}algo e\u0301 o\u0308`,
  'a mark without a letter': '\u0301abc',
  'a sequence that is no syllable of any script': '◍\u200dⵡ ᜀ\u1714ᜒ',
  'joiners alone': '\u200d\u200c\ufe0f \u200da\u200d',
  'one glyph, many characters': '🙏 🙏🏽 🙏 ❤ ❤️ µ μ - ‐ ‑ – \u00a0 x\u00a0y \u202f \u2009 \u3000 Ω Ω K K',
  'numbers and marks': '€ 1.234,56 – 10–12 «così» “e” ‘così’ … • ½ ¾ ² № ™ © ® → ⇒ ✓ ☐ ☑',
};

/** The text in every place of a letter where something that a person wrote may stand. */
export function everywhere(text: string): LetterDocument {
  return {
    ...bareLetter([]),
    title: `Lettera a ${text.slice(0, 300)}`,
    subject: text.slice(0, 300),
    references: [{ label: 'Riferimento', value: text.slice(0, 60) }],
    recipient: { channel: 'Via PEC', lines: ['Gent.mo Sig.', text, 'Via dell’Università, 12'] },
    blocks: [
      { kind: 'heading', level: 1, text: 'Oggetto: riscontro' },
      { kind: 'heading', level: 2, text },
      paragraph(text),
      paragraph([text, { kind: 'strong', text }, ' – ', { kind: 'foreign', text, language: 'en' }]),
      paragraph([
        'Sito: ',
        { kind: 'link', text: text || 'sito', url: 'https://example.it/', description: text || 'Sito' },
      ]),
      { kind: 'list', numbering: 'numbers', items: [text, { kind: 'item', text, items: [text] }] },
      {
        kind: 'definitions',
        rows: [
          { label: 'Messaggio', value: text },
          { label: text, value: '' },
        ],
      },
      { kind: 'quotation', text },
      recordTable([
        ['01/01/2025', 'Portale', text, ''],
        [text, '', '', text.slice(0, 20)],
      ]),
      { kind: 'signature', closing: 'Distinti saluti.', lines: ['Il Dirigente', text.slice(0, 200)] },
    ],
  };
}
