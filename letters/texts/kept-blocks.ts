/** What an answer leaves as it is: what is denied, what is kept for now, and the restriction that ends with the answer. */
import type { HeldErasure, KeptClass, LetterLanguage, RightAnswer } from '../../domain/letter/letter-content.ts';
import { exercisedThroughTheGarante, type GroundCode } from '../../domain/request/course/grounds.ts';
import type { Block } from '../document/model.ts';
import { groundsBlock, heading, paragraph, recordsBlocks } from './shared-blocks.ts';
import { il, type Writing } from './writing.ts';

const it = {
  kept: 'Dati che restano, con i motivi e la data entro la quale saranno cancellati:',
  denied: 'Per i dati seguenti la richiesta non è accolta; i motivi e la data entro la quale saranno cancellati sono:',
  held: 'Una parte dei dati per ora non può essere cancellata. Restano soltanto conservati, per questi motivi:',
  heldRecords: 'Registrazioni la cui cancellazione è sospesa',
  review: (date: string) =>
    `Riesamineremo la situazione entro ${il(date)}; quando verrà meno il motivo della conservazione, i dati saranno cancellati senza che Lei debba chiederlo di nuovo.`,
  restrictionEnds: (date: string) =>
    `La limitazione applicata mentre valutavamo la richiesta (art. 18 del Regolamento) cesserà dopo ${il(date)}; con questa lettera ne diamo avviso (art. 18, par. 3).`,
  staysStopped:
    'Il trattamento per le finalità oggetto della Sua opposizione, dove è stata accolta, resta cessato anche dopo quella data.',
  garante:
    'Può esercitare il diritto anche tramite il Garante per la protezione dei dati personali (art. 2-undecies, comma 3, e art. 160 del Codice).',
};
const en: typeof it = {
  kept: 'Data that remain, with the grounds and the date by which they will be erased:',
  denied:
    'For the following data the request is refused; the grounds, and the date by which they will be erased, are these:',
  held: 'Some of the data cannot be erased for now. They are stored and nothing else, on these grounds:',
  heldRecords: 'Records of which the erasure is suspended',
  review: (date) =>
    `We will review the matter by ${date}; when the reason for keeping the data ends, they will be erased without a further request.`,
  restrictionEnds: (date) =>
    `The restriction that applied while we considered the request (Art. 18 GDPR) will end after ${date}; this letter gives notice of it (Art. 18(3)).`,
  staysStopped:
    'The processing for the purposes to which you objected, where the objection was upheld, stays stopped after that date too.',
  garante:
    'You may also exercise the right through the Garante per la protezione dei dati personali (Arts. 2-undecies(3) and 160 of the Italian Privacy Code).',
};
const texts: Readonly<Record<LetterLanguage, typeof it>> = { it, en };

const classBlocks = (writing: Writing, classes: readonly KeptClass[]): readonly Block[] =>
  classes.flatMap((one) => [
    heading(3, writing.say(one.title)),
    groundsBlock(writing, one.grounds),
    ...recordsBlocks(writing, one.records),
  ]);

/** What an erasure leaves, class by class. */
export const keptBlocks = (writing: Writing, kept: readonly KeptClass[]): readonly Block[] => [
  paragraph(texts[writing.language].kept),
  ...classBlocks(writing, kept),
];

/** What a granted right does not extend to (Art. 12(4)). */
export const deniedBlocks = (writing: Writing, denied: readonly KeptClass[] = []): readonly Block[] =>
  denied.length === 0 ? [] : [paragraph(texts[writing.language].denied), ...classBlocks(writing, denied)];

/** By when what is kept for now is looked at again. */
export const reviewBlock = ({ language, date }: Writing, on: HeldErasure['reviewOn']): Block =>
  paragraph(texts[language].review(date(on)));

/** What something keeps back of what is erased. */
export const heldBlocks = (writing: Writing, held: HeldErasure | undefined): readonly Block[] => {
  if (held === undefined) return [];
  const t = texts[writing.language];
  return [
    paragraph(t.held),
    groundsBlock(writing, held.grounds),
    ...(held.records.length === 0 ? [] : recordsBlocks(writing, held.records, t.heldRecords)),
    reviewBlock(writing, held.reviewOn),
  ];
};

/** Every ground that an answer names, wherever it does. */
const groundsIn = (answer: RightAnswer): readonly GroundCode[] => [
  ...('grounds' in answer ? answer.grounds : []).map(({ code }) => code),
  ...('kept' in answer ? answer.kept : []).flatMap(({ grounds }) => grounds.map(({ code }) => code)),
  ...('denied' in answer ? (answer.denied ?? []) : []).flatMap(({ grounds }) => grounds.map(({ code }) => code)),
  ...('classes' in answer ? answer.classes : []).flatMap(({ grounds }) => grounds.map(({ code }) => code)),
  ...('withheld' in answer ? answer.withheld : []).map(({ ground }) => ground),
];

/** When a restriction that held meanwhile ends (Art. 18(3)). */
export const restrictionEndBlocks = (
  { language, date }: Writing,
  on: RightAnswer['restrictionEndsAfter'],
): readonly Block[] => (on === undefined ? [] : [paragraph(texts[language].restrictionEnds(date(on)))]);

/** What ends an answer: the way through the Garante where the Code limits the right, also in part, and the end of a restriction. */
export const endBlocks = (writing: Writing, answer: RightAnswer): readonly Block[] => [
  ...(groundsIn(answer).some(exercisedThroughTheGarante) ? [paragraph(texts[writing.language].garante)] : []),
  ...restrictionEndBlocks(writing, answer.restrictionEndsAfter),
  ...(answer.answer === 'objection-upheld' && answer.restrictionEndsAfter !== undefined
    ? [paragraph(texts[writing.language].staysStopped)]
    : []),
];
