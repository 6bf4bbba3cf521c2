/** Letters to recipients (Art. 19), to the custodians of records under a hold, and to an authority in an inquiry. */
import type { ClassDescription, LetterContent, LetterLanguage } from '../../domain/letter/letter-content.ts';
import { assertNever } from '../../domain/result.ts';
import type { Block, TableRow } from '../document/model.ts';
import { classesBlock, paragraph, rowsOf } from './shared-blocks.ts';
import { dal, del, fullStopAfter, il, type Writing } from './writing.ts';

/** A letter to a third party: it says no more of the person than its reader needs (Art. 5(1)(c)). */
export type ThirdPartyLetter = Extract<LetterContent, { audience: 'recipient' | 'custodian' | 'authority' }>;

const it = {
  subjects: {
    'recipient-notification': 'comunicazione ai destinatari ai sensi dell’art. 19 del Regolamento (UE) 2016/679',
    'preservation-notice': 'obbligo di conservare registrazioni',
    'release-notice': 'fine dell’obbligo di conservare registrazioni',
    'authority-disclosure': 'trasmissione di registrazioni all’autorità',
  },
  told: {
    rectified: (on: string) =>
      `Vi informiamo che ${il(on)} abbiamo rettificato i dati personali indicati sotto (artt. 16 e 19 del Regolamento).`,
    erased: (on: string) =>
      `Vi informiamo che ${il(on)} abbiamo cancellato i dati personali indicati sotto (artt. 17 e 19 del Regolamento).`,
    restricted: (on: string) =>
      `Vi informiamo che ${dal(on)} il trattamento dei dati personali indicati sotto è limitato (artt. 18 e 19 del Regolamento).`,
    'restriction-lifted': (on: string) =>
      `Vi informiamo che ${dal(on)} la limitazione del trattamento dei dati personali indicati sotto è revocata (artt. 18 e 19 del Regolamento).`,
    'processing-stopped': (on: string) =>
      `Vi informiamo che ${dal(on)} il trattamento dei dati personali indicati sotto è cessato (artt. 19 e 21 del Regolamento).`,
  },
  act: (by: string, reference: string) =>
    `Vi chiediamo di adeguare i dati in Vostro possesso e di darne conferma entro ${il(by)}, citando il riferimento ${reference}.`,
  identifiers: 'La persona Vi è nota con questi identificativi:',
  changes: 'Rettifiche',
  what: 'Dato',
  before: 'Prima',
  after: 'Dopo',
  preserve: (from: string) =>
    `${dal(from)} le registrazioni indicate sotto devono essere conservate e non possono essere cancellate, modificate né spostate.`,
  preserveBasis: (matter: string) => `Riferimento: ${matter}. Base giuridica: `,
  preserveScope:
    'L’obbligo vale anche per le registrazioni che arriveranno in seguito e rientrano nello stesso ambito, e prevale sui periodi di conservazione ordinari.',
  preserveAct:
    'Vi chiediamo di darne istruzione a chi tratta le registrazioni per Vostro conto, di confermare il ricevimento e di far conoscere questa comunicazione soltanto a chi deve attuarla.',
  preserveReplaces: (number: string, date: string) =>
    `Questa comunicazione sostituisce quella prot. n. ${number} ${del(date)}: per le registrazioni che non vi sono più indicate l’obbligo è cessato.`,
  preserveReview: (date: string) =>
    `L’obbligo sarà riesaminato entro ${il(date)}; finché non ne riceverete la revoca scritta resta in vigore.`,
  released: (on: string, effective: string) =>
    `${il(on)} è stato revocato l’obbligo di conservazione in vigore ${dal(effective)}. Le registrazioni già scadute saranno cancellate; per le altre valgono di nuovo i periodi ordinari.`,
  matter: 'Riferimento: ',
  scope: 'Registrazioni interessate',
  kind: 'Tipo di dati',
  count: 'Registrazioni',
  from: 'Dal',
  until: 'Al',
  due: 'Già scadute',
  files: 'File',
  disclosed: 'in adempimento della richiesta citata sotto trasmettiamo le registrazioni elencate.',
  order: 'Richiesta: ',
  basis: 'Base giuridica: ',
  manifest: 'L’elenco dei file trasmessi ha l’impronta SHA-256 ',
  inquiry:
    'La comunicazione avviene nell’ambito di una specifica indagine (art. 4, n. 9, del Regolamento) e non va usata per altri scopi.',
  none: 'Nessuna.',
};
const en: typeof it = {
  subjects: {
    'recipient-notification': 'notification to recipients under Art. 19 of Regulation (EU) 2016/679',
    'preservation-notice': 'duty to preserve records',
    'release-notice': 'end of the duty to preserve records',
    'authority-disclosure': 'disclosure of records to the authority',
  },
  told: {
    rectified: (on) => `On ${on} we rectified the personal data described below (Arts. 16 and 19 GDPR).`,
    erased: (on) => `On ${on} we erased the personal data described below (Arts. 17 and 19 GDPR).`,
    restricted: (on) =>
      `Since ${on} the processing of the personal data described below is restricted (Arts. 18 and 19 GDPR).`,
    'restriction-lifted': (on) =>
      `Since ${on} the restriction of processing of the personal data described below is lifted (Arts. 18 and 19 GDPR).`,
    'processing-stopped': (on) =>
      `Since ${on} the personal data described below are no longer processed (Arts. 19 and 21 GDPR).`,
  },
  act: (by, reference) =>
    `Please bring the data you hold into line and confirm by ${by}, quoting the reference ${reference}.`,
  identifiers: 'You know the person under these identifiers:',
  changes: 'Rectifications',
  what: 'Item',
  before: 'Before',
  after: 'After',
  preserve: (from) =>
    `From ${from} the records described below must be preserved and may not be erased, altered or moved.`,
  preserveBasis: (matter) => `Reference: ${matter}. Legal basis: `,
  preserveScope:
    'The duty also covers records that arrive later and fall within the same scope, and prevails over the ordinary storage periods.',
  preserveAct:
    'Please instruct the persons who handle the records on your behalf, confirm receipt, and make this notice known only to those who have to carry it out.',
  preserveReplaces: (number, date) =>
    `This notice replaces the one with protocol no. ${number} of ${date}: for records no longer described here the duty has ended.`,
  preserveReview: (date) => `The duty will be reviewed by ${date}; it stands until you receive its release in writing.`,
  released: (on, effective) =>
    `On ${on} the duty to preserve that began on ${effective} was released. Records already due will be erased; for the others the ordinary periods apply again.`,
  matter: 'Reference: ',
  scope: 'Records concerned',
  kind: 'Kind of data',
  count: 'Records',
  from: 'From',
  until: 'To',
  due: 'Already due',
  files: 'Files',
  disclosed: 'In response to the order cited below we send the records listed.',
  order: 'Order: ',
  basis: 'Legal basis: ',
  manifest: 'The list of the files sent has the SHA-256 digest ',
  inquiry: 'The disclosure is made in a particular inquiry (Art. 4(9) GDPR) and is not to be used for other purposes.',
  none: 'None.',
};
const texts: Readonly<Record<LetterLanguage, typeof it>> = { it, en };

/** What a recipient is told (Art. 19), in Italian, wherever it is told: subject, what was done, what it is asked. */
export const recipientPhrases = { subject: it.subjects['recipient-notification'], told: it.told, act: it.act } as const;

/** What such a letter is about, in its language. */
export const thirdPartySubject = ({ language }: Writing, kind: ThirdPartyLetter['kind']): string =>
  texts[language].subjects[kind];

const table = <Item>(
  caption: string,
  titles: readonly string[],
  items: readonly Item[],
  row: (item: Item) => TableRow,
  emptyText: string,
): Block => ({
  kind: 'table',
  caption,
  columns: titles.map((title, index) => ({ title, share: index === 0 ? 2 : 1 })),
  rows: rowsOf(items, row),
  emptyText,
  rowHeader: true,
});

/** The text of a letter to a third party. */
export const thirdPartyBlocks = (writing: Writing, content: ThirdPartyLetter): readonly Block[] => {
  const { date, own, say } = writing;
  const t = texts[writing.language];
  const scopeTable = <Item extends ClassDescription>(
    titles: readonly string[],
    items: readonly Item[],
    cells: (item: Item) => TableRow,
  ) => table(t.scope, [t.kind, ...titles], items, (item) => [say(item.title), ...cells(item)], t.none);
  const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  switch (content.kind) {
    case 'recipient-notification':
      return [
        paragraph(t.told[content.what](date(content.on))),
        paragraph(t.act(date(content.acknowledgeBy), content.reference)),
        classesBlock(writing, content.classes),
        paragraph(t.identifiers),
        { kind: 'definitions', rows: content.identifiers.map(({ kind, value }) => ({ label: kind, value })) },
        ...(content.changes.length === 0
          ? []
          : [
              table(
                t.changes,
                [t.what, t.before, t.after],
                content.changes,
                ({ what, before, after }) => [[own(what)], [own(before)], [own(after)]],
                t.none,
              ),
            ]),
      ];
    case 'preservation-notice':
      return [
        paragraph(upper(t.preserve(date(content.effectiveOn)))),
        paragraph([
          t.preserveBasis(content.matterReference),
          writing.italian(content.legalBasis),
          fullStopAfter(content.legalBasis),
        ]),
        scopeTable([t.count, t.from, t.until], content.scope, ({ records, from, until }) => [
          String(records),
          from === undefined ? '–' : date(from),
          until === undefined ? '–' : date(until),
        ]),
        paragraph(t.preserveScope),
        paragraph(t.preserveAct),
        ...(content.replaces === undefined
          ? []
          : [paragraph(t.preserveReplaces(content.replaces.number, date(content.replaces.date)))]),
        paragraph(t.preserveReview(date(content.reviewOn))),
      ];
    case 'release-notice':
      return [
        paragraph(upper(t.released(date(content.releasedOn), date(content.effectiveOn)))),
        paragraph(`${t.matter}${content.matterReference}.`),
        scopeTable([t.count, t.due], content.scope, ({ records, dueNow }) => [String(records), String(dueNow)]),
      ];
    case 'authority-disclosure':
      return [
        paragraph(upper(t.disclosed)),
        paragraph([
          `${t.order}${content.orderReference}. ${t.basis}`,
          writing.italian(content.legalBasis),
          fullStopAfter(content.legalBasis),
        ]),
        scopeTable([t.count, t.files], content.records, ({ records, files }) => [String(records), String(files)]),
        paragraph(`${t.manifest}${content.manifestDigest}.`),
        paragraph(t.inquiry),
      ];
    default:
      return assertNever(content);
  }
};
