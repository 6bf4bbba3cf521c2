/** The outcome of each answer in one clause: it stands in the first two sentences of the letter. */
import type { ErasureDeferred, LetterLanguage, RightAnswer } from '../../domain/letter/letter-content.ts';
import { type Concerned, whose } from './concerned.ts';
import { rightWithArticle } from './rights.ts';
import type { Writing } from './writing.ts';

type Clause = (right: string) => string;

/** Why an erasure waits, as far as its grounds say one thing: legal claims, a duty or task; otherwise the grounds stand below. */
type Waits = 'legal-claims' | 'duty' | 'several';

const it = {
  'access-granted': (right) => `la richiesta di ${right} è accolta`,
  'access-partly-granted': (right) => `la richiesta di ${right} è accolta in parte`,
  'rectification-corrected': (right) => `la richiesta di ${right} è accolta e i dati sono stati corretti`,
  'rectification-statement-attached': (right) =>
    `la richiesta di ${right} è accolta unendo ai dati la Sua dichiarazione`,
  'rectification-refused': (right) => `la richiesta di ${right} non è accolta`,
  'erasure-erased': (right) => `la richiesta di ${right} è accolta e i dati sono stati cancellati`,
  'erasure-partly-erased': (right) => `la richiesta di ${right} è accolta in parte`,
  'erasure-refused': (right) => `la richiesta di ${right} non è accolta`,
  'restriction-granted': (right) => `la richiesta di ${right} è accolta`,
  'portability-granted': (right) => `la richiesta di ${right} è accolta`,
  'portability-refused': (right) =>
    `la richiesta di ${right} non è accolta, ma può ottenere l’accesso ai dati e una loro copia`,
  'objection-upheld': (right) => `la richiesta di ${right} è accolta`,
  'objection-refused': (right) => `la richiesta di ${right} non è accolta`,
  'consent-withdrawal-recorded': (right) => `la ${right} è stata registrata`,
  'opt-out-recorded': (right) => `la ${right} è stata registrata`,
  refused: (right) => `la richiesta di ${right} non è accolta`,
} satisfies Record<Exclude<RightAnswer['answer'], 'erasure-deferred' | 'no-data'>, Clause>;

const en = {
  'access-granted': (right) => `your request concerning ${right} is granted`,
  'access-partly-granted': (right) => `your request concerning ${right} is granted in part`,
  'rectification-corrected': (right) => `your request concerning ${right} is granted and the data have been corrected`,
  'rectification-statement-attached': (right) =>
    `your request concerning ${right} is granted by attaching your statement to the data`,
  'rectification-refused': (right) => `your request concerning ${right} is refused`,
  'erasure-erased': (right) => `your request concerning ${right} is granted and the data have been erased`,
  'erasure-partly-erased': (right) => `your request concerning ${right} is granted in part`,
  'erasure-refused': (right) => `your request concerning ${right} is refused`,
  'restriction-granted': (right) => `your request concerning ${right} is granted`,
  'portability-granted': (right) => `your request concerning ${right} is granted`,
  'portability-refused': (right) =>
    `your request concerning ${right} is refused, but you can have access to the data and a copy`,
  'objection-upheld': (right) => `your request concerning ${right} is upheld`,
  'objection-refused': (right) => `your request concerning ${right} is refused`,
  'consent-withdrawal-recorded': (right) => `your ${right} has been recorded`,
  'opt-out-recorded': (right) => `your request concerning ${right} has been recorded`,
  refused: (right) => `your request concerning ${right} is refused`,
} satisfies Record<Exclude<RightAnswer['answer'], 'erasure-deferred' | 'no-data'>, Clause>;

const texts = { it, en } as const;

const deferred: Readonly<Record<LetterLanguage, (right: string, waits: Waits) => string>> = {
  it: (right, waits) => {
    const why = {
      'legal-claims':
        'i dati sono ancora necessari per l’accertamento, l’esercizio o la difesa di un diritto in sede giudiziaria',
      duty: 'un obbligo di legge o un compito di interesse pubblico impone ancora di conservare i dati',
      several: 'i dati devono ancora essere conservati per i motivi indicati sotto',
    } satisfies Record<Waits, string>;
    return `la richiesta di ${right} per ora non è accolta, perché ${why[waits]}`;
  },
  en: (right, waits) => {
    const why = {
      'legal-claims': 'the data are still necessary for the establishment, exercise or defence of legal claims',
      duty: 'a legal obligation or a task in the public interest still requires the data to be kept',
      several: 'the data still have to be kept for the grounds stated below',
    } satisfies Record<Waits, string>;
    return `your request concerning ${right} cannot be granted for now, because ${why[waits]}`;
  },
};

/** The one exception of Art. 17(3) for which everything is kept, if there is one: no class rests on another, or on none. */
const waitsFor = ({ kept }: ErasureDeferred): Waits => {
  const restsOn = (code: string): boolean =>
    kept.every(({ grounds }) => {
      const exceptions = grounds.filter((ground) => ground.code.startsWith('17.3.'));
      return exceptions.length > 0 && exceptions.every((ground) => ground.code === code);
    });
  return restsOn('17.3.e') ? 'legal-claims' : restsOn('17.3.b') ? 'duty' : 'several';
};

/** The file of the request itself is held; the person knows of it from the acknowledgement. */
const nothingHeld: Readonly<Record<LetterLanguage, (right: string) => Concerned>> = {
  it: (right) => {
    const begins = `quanto alla richiesta di ${right}, oltre al fascicolo di questa richiesta non conserviamo dati che`;
    return { own: `${begins} La riguardano`, other: `${begins} riguardano {name}` };
  },
  en: (right) => {
    const begins = `as to your request concerning ${right}, apart from the file of this request we hold no data about`;
    return { own: `${begins} you`, other: `${begins} {name}` };
  },
};

const partly: Readonly<Record<LetterLanguage, Clause>> = {
  it: (right) => `la richiesta di ${right} è accolta in parte`,
  en: (right) => `your request concerning ${right} is granted in part`,
};

/** Whether a granted right was denied for some of the data. */
const deniesSome = (answer: RightAnswer): boolean => 'denied' in answer && (answer.denied ?? []).length > 0;

/** The outcome of an answer in one clause. */
export const outcomeClause = (writing: Writing, answer: RightAnswer): string => {
  const right = rightWithArticle(writing, answer.right);
  if (answer.answer === 'no-data') return whose(writing, nothingHeld[writing.language](right));
  if (deniesSome(answer)) return partly[writing.language](right);
  return answer.answer === 'erasure-deferred'
    ? deferred[writing.language](right, waitsFor(answer))
    : texts[writing.language][answer.answer](right);
};
