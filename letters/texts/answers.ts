/** The answers on the rights other than access, one function for each outcome (law.md section 5, row by row). */
import type { LetterLanguage, RestrictionGranted, RightAnswer } from '../../domain/letter/letter-content.ts';
import { assertNever } from '../../domain/result.ts';
import type { Block } from '../document/model.ts';
import { accessBlocks, noDataBlocks } from './access.ts';
import { basesInWords } from './citations.ts';
import { whose } from './concerned.ts';
import { deniedBlocks, endBlocks, heldBlocks, keptBlocks, reviewBlock } from './kept-blocks.ts';
import {
  asItems,
  backupBlocks,
  bullets,
  classesBlock,
  erasedBlock,
  groundsBlock,
  paragraph,
  recipientsBlocks,
  recordsBlocks,
  rowsOf,
} from './shared-blocks.ts';
import { capital, dal, del, il, type Writing } from './writing.ts';

const it = {
  decided: (date: string) => `Decisione ${del(date)}.`,
  grounds: 'I motivi sono:',
  changes: 'Correzioni eseguite',
  what: 'Dato',
  before: 'Prima',
  after: 'Dopo',
  on: 'Data',
  record: 'Registrazione',
  none: 'Nessuna.',
  attached: (date: string) =>
    `${capital(il(date))} abbiamo unito alle registrazioni seguenti questa Sua dichiarazione integrativa (art. 16 del Regolamento):`,
  restricted: (date: string) =>
    `${capital(dal(date))} le registrazioni seguenti sono contrassegnate e non vengono usate. Finché dura la limitazione restano consentiti soltanto (art. 18, par. 2, del Regolamento):`,
  allowed: {
    storage: 'la conservazione',
    consent: 'i trattamenti per i quali è dato il consenso',
    'legal-claims': 'l’accertamento, l’esercizio o la difesa di un diritto in sede giudiziaria',
    'rights-of-others': 'la tutela dei diritti di un’altra persona',
    'important-public-interest': 'i trattamenti necessari per motivi di interesse pubblico rilevante',
  },
  restrictionReview: (date: string, days: number) =>
    `Riesamineremo la limitazione entro ${il(date)}. Prima di revocarla La informeremo con almeno ${days} giorni di anticipo (art. 18, par. 3, del Regolamento).`,
  formats: (formats: string) =>
    `I dati accompagnano questa lettera in un formato strutturato, di uso comune e leggibile da dispositivo automatico (${formats}).`,
  portability: 'Per ciascun tipo di dati i motivi sono:',
  basis: 'base giuridica: ',
  accessOffered:
    'Può però ottenere l’accesso ai dati e una loro copia gratuita ai sensi dell’art. 15 del Regolamento: basta chiederlo rispondendo a questa lettera.',
  balance: {
    own: 'Nel bilanciamento con la Sua situazione particolare abbiamo considerato quanto segue:',
    other: 'Nel bilanciamento con la situazione particolare di {name} abbiamo considerato quanto segue:',
  },
  stopped: (date: string) =>
    `${capital(dal(date))} i dati seguenti non sono più trattati per le finalità oggetto della Sua opposizione:`,
  withdrawal: (date: string) =>
    `La revoca ha effetto ${dal(date)}. Non pregiudica la liceità del trattamento basato sul consenso prima della revoca (art. 7, par. 3, del Regolamento).`,
  stoppedConsent: 'Non trattiamo più in base al consenso:',
  noConsent: 'Nessuno dei trattamenti indicati nell’informativa si fonda sul consenso.',
  optOut: (date: string) => `La scelta ha effetto ${dal(date)} e non richiede motivazione.`,
  earlier: 'Richieste precedenti',
  reference: 'Riferimento',
  received: 'Ricevuta il',
  outcome: 'Esito',
};
const en: typeof it = {
  decided: (date) => `Decided on ${date}.`,
  grounds: 'The grounds are:',
  changes: 'Corrections made',
  what: 'Item',
  before: 'Before',
  after: 'After',
  on: 'Date',
  record: 'Record',
  none: 'None.',
  attached: (date) =>
    `On ${date} we attached this supplementary statement of yours to the following records (Art. 16 GDPR):`,
  restricted: (date) =>
    `Since ${date} the following records are marked and not used. While the restriction lasts, only the following remains allowed (Art. 18(2) GDPR):`,
  allowed: {
    storage: 'storage',
    consent: 'processing to which consent is given',
    'legal-claims': 'establishing, exercising or defending legal claims',
    'rights-of-others': 'protecting the rights of another person',
    'important-public-interest': 'processing necessary for reasons of important public interest',
  },
  restrictionReview: (date, days) =>
    `We will review the restriction by ${date}. Before lifting it we will tell you at least ${days} days ahead (Art. 18(3) GDPR).`,
  formats: (formats) =>
    `The data accompany this letter in a structured, commonly used and machine-readable format (${formats}).`,
  portability: 'For each kind of data the grounds are:',
  basis: 'legal basis: ',
  accessOffered:
    'You can, however, have access to the data and a free copy of them under Art. 15 GDPR: a reply to this letter is enough.',
  balance: {
    own: 'In weighing your particular situation we considered the following:',
    other: 'In weighing the particular situation of {name} we considered the following:',
  },
  stopped: (date) => `Since ${date} the following data are no longer processed for the purposes to which you objected:`,
  withdrawal: (date) =>
    `The withdrawal takes effect on ${date}. It does not affect the lawfulness of processing based on consent before it (Art. 7(3) GDPR).`,
  stoppedConsent: 'We no longer process on the basis of consent:',
  noConsent: 'None of the processing described in the privacy notice is based on consent.',
  optOut: (date) => `Your choice takes effect on ${date} and needs no reasons.`,
  earlier: 'Earlier requests',
  reference: 'Reference',
  received: 'Received on',
  outcome: 'Outcome',
};
const texts: Readonly<Record<LetterLanguage, typeof it>> = { it, en };

type Withdrawn = Extract<RightAnswer, { answer: 'consent-withdrawal-recorded' }>;

const restrictionBlocks = (writing: Writing, answer: RestrictionGranted): readonly Block[] => {
  const t = texts[writing.language];
  return [
    paragraph(t.restricted(writing.date(answer.restrictedFrom))),
    bullets(asItems(answer.stillAllowed.map((allowed) => t.allowed[allowed]))),
    ...recordsBlocks(writing, answer.records),
    paragraph(t.restrictionReview(writing.date(answer.reviewOn), answer.noticeDays)),
    ...deniedBlocks(writing, answer.denied),
    ...recipientsBlocks(writing, answer.recipients),
  ];
};

/** What a withdrawal erased (Art. 17(1)(b)), and what of it is kept for now; who was notified is said where something was disclosed. */
const withdrawnBlocks = (writing: Writing, { erased = [], backups = [], held, recipients = [] }: Withdrawn) =>
  erased.length === 0
    ? heldBlocks(writing, held)
    : [
        erasedBlock(writing, erased),
        ...backupBlocks(writing, backups),
        ...heldBlocks(writing, held),
        ...recipientsBlocks(writing, recipients),
      ];

/** Everything an answer says after its outcome. */
export const answerBlocks = (writing: Writing, answer: RightAnswer): readonly Block[] => {
  const t = texts[writing.language];
  const { date, own, say } = writing;
  const reasons =
    'grounds' in answer && answer.answer !== 'access-partly-granted'
      ? [paragraph(t.grounds), groundsBlock(writing, answer.grounds)]
      : [];
  return [paragraph(t.decided(date(answer.decidedOn))), ...reasons, ...rest(), ...endBlocks(writing, answer)];

  function rest(): readonly Block[] {
    switch (answer.answer) {
      case 'access-granted':
      case 'access-partly-granted':
        return accessBlocks(writing, answer);
      case 'no-data':
        return noDataBlocks(writing, answer);
      case 'rectification-corrected':
        return [
          {
            kind: 'table',
            caption: t.changes,
            columns: [
              { title: t.what, share: 18 },
              { title: t.before, share: 19 },
              { title: t.after, share: 19 },
              { title: t.on, share: 16 },
              { title: t.record, share: 28 },
            ],
            rows: rowsOf(answer.changes, ({ what, title, before, after, on, record }) => [
              title === undefined ? [own(what)] : capital(say(title)),
              [own(before)],
              [own(after)],
              date(on),
              record.recordId,
            ]),
            emptyText: t.none,
            rowHeader: true,
          },
          ...recordsBlocks(
            writing,
            answer.changes.map(({ record }) => record),
          ),
          ...recipientsBlocks(writing, answer.recipients),
        ];
      case 'rectification-statement-attached':
        return [
          paragraph(t.attached(date(answer.attachedOn))),
          { kind: 'quotation', text: [own(answer.statement)] },
          ...recordsBlocks(writing, answer.records),
          ...recipientsBlocks(writing, answer.recipients),
        ];
      case 'rectification-refused':
        return recordsBlocks(writing, answer.records);
      case 'erasure-erased':
      case 'erasure-partly-erased':
        return [
          erasedBlock(writing, answer.erased),
          ...backupBlocks(writing, answer.backups),
          ...(answer.answer === 'erasure-erased' ? [] : keptBlocks(writing, answer.kept)),
          ...recipientsBlocks(writing, answer.recipients),
        ];
      case 'erasure-refused':
        return keptBlocks(writing, answer.kept);
      case 'erasure-deferred':
        return [...keptBlocks(writing, answer.kept), reviewBlock(writing, answer.reviewOn)];
      case 'restriction-granted':
        return restrictionBlocks(writing, answer);
      case 'portability-granted':
        return [
          paragraph(t.formats(answer.formats.map((format) => format.toUpperCase()).join(', '))),
          ...recordsBlocks(writing, answer.records),
          ...deniedBlocks(writing, answer.denied),
        ];
      case 'portability-refused':
        return [
          paragraph(t.portability),
          ...answer.classes.flatMap((one) => [
            paragraph([
              { kind: 'strong', text: say(one.title) },
              `; ${t.basis}`,
              ...basesInWords(writing, [one.legalBasis, ...(one.otherBases ?? [])]),
            ]),
            groundsBlock(writing, one.grounds),
          ]),
          paragraph(t.accessOffered),
        ];
      case 'objection-upheld':
        return [
          paragraph([`${whose(writing, t.balance)} `, own(answer.balance)]),
          paragraph(t.stopped(date(answer.stoppedOn))),
          classesBlock(writing, answer.stoppedFor),
          ...(answer.erased.length === 0 ? [] : [erasedBlock(writing, answer.erased)]),
          ...backupBlocks(writing, answer.backups),
          ...heldBlocks(writing, answer.held),
          ...deniedBlocks(writing, answer.denied),
          ...recipientsBlocks(writing, answer.recipients),
        ];
      case 'objection-refused':
        return [
          paragraph([`${whose(writing, t.balance)} `, own(answer.balance)]),
          ...recordsBlocks(writing, answer.records),
        ];
      case 'consent-withdrawal-recorded':
        return [
          paragraph(t.withdrawal(date(answer.effectiveOn))),
          ...(answer.stoppedFor.length === 0
            ? [paragraph(t.noConsent)]
            : [paragraph(t.stoppedConsent), classesBlock(writing, answer.stoppedFor)]),
          ...withdrawnBlocks(writing, answer),
        ];
      case 'opt-out-recorded':
        return [paragraph(`${say(answer.optOut.title)}. ${t.optOut(date(answer.effectiveOn))}`)];
      case 'refused':
        return [
          ...(answer.earlierCases.length === 0
            ? []
            : [
                {
                  kind: 'table' as const,
                  caption: t.earlier,
                  columns: [
                    { title: t.reference, share: 35 },
                    { title: t.received, share: 30 },
                    { title: t.outcome, share: 35 },
                  ],
                  rows: rowsOf(answer.earlierCases, ({ reference, receivedOn, outcome }) => [
                    reference,
                    date(receivedOn),
                    [own(outcome)],
                  ]),
                  emptyText: t.none,
                  rowHeader: true,
                },
              ]),
        ];
      default:
        return assertNever(answer);
    }
  }
};
