/** The outcome of each answer in one clause: it stands in the first two sentences of the letter. */
import type { LetterLanguage, RightAnswer } from '../../domain/letter-content.ts';

type Clause = (right: string) => string;

const it = {
  'access-granted': (right) => `la richiesta di ${right} è accolta`,
  'access-partly-granted': (right) => `la richiesta di ${right} è accolta in parte`,
  'no-data': (right) => `quanto alla richiesta di ${right}, non conserviamo dati che La riguardano`,
  'rectification-corrected': (right) => `la richiesta di ${right} è accolta e i dati sono stati corretti`,
  'rectification-statement-attached': (right) =>
    `la richiesta di ${right} è accolta unendo ai dati la Sua dichiarazione`,
  'rectification-refused': (right) => `la richiesta di ${right} non è accolta`,
  'erasure-erased': (right) => `la richiesta di ${right} è accolta e i dati sono stati cancellati`,
  'erasure-partly-erased': (right) => `la richiesta di ${right} è accolta in parte`,
  'erasure-refused': (right) => `la richiesta di ${right} non è accolta`,
  'erasure-deferred': (right) =>
    `la richiesta di ${right} per ora non è accolta, perché i dati devono ancora essere conservati`,
  'restriction-granted': (right) => `la richiesta di ${right} è accolta`,
  'portability-granted': (right) => `la richiesta di ${right} è accolta`,
  'portability-refused': (right) =>
    `la richiesta di ${right} non è accolta, ma può ottenere l’accesso ai dati e una loro copia`,
  'objection-upheld': (right) => `la richiesta di ${right} è accolta`,
  'objection-refused': (right) => `la richiesta di ${right} non è accolta`,
  'consent-withdrawal-recorded': (right) => `la ${right} è stata registrata`,
  'opt-out-recorded': (right) => `la ${right} è stata registrata`,
  refused: (right) => `la richiesta di ${right} non è accolta`,
} satisfies Record<RightAnswer['answer'], Clause>;

const en = {
  'access-granted': (right) => `your request concerning ${right} is granted`,
  'access-partly-granted': (right) => `your request concerning ${right} is granted in part`,
  'no-data': (right) => `as to your request concerning ${right}, we hold no data about you`,
  'rectification-corrected': (right) => `your request concerning ${right} is granted and the data have been corrected`,
  'rectification-statement-attached': (right) =>
    `your request concerning ${right} is granted by attaching your statement to the data`,
  'rectification-refused': (right) => `your request concerning ${right} is refused`,
  'erasure-erased': (right) => `your request concerning ${right} is granted and the data have been erased`,
  'erasure-partly-erased': (right) => `your request concerning ${right} is granted in part`,
  'erasure-refused': (right) => `your request concerning ${right} is refused`,
  'erasure-deferred': (right) =>
    `your request concerning ${right} cannot be granted for now, because the data still have to be kept`,
  'restriction-granted': (right) => `your request concerning ${right} is granted`,
  'portability-granted': (right) => `your request concerning ${right} is granted`,
  'portability-refused': (right) =>
    `your request concerning ${right} is refused, but you can have access to the data and a copy`,
  'objection-upheld': (right) => `your request concerning ${right} is upheld`,
  'objection-refused': (right) => `your request concerning ${right} is refused`,
  'consent-withdrawal-recorded': (right) => `your ${right} has been recorded`,
  'opt-out-recorded': (right) => `your request concerning ${right} has been recorded`,
  refused: (right) => `your request concerning ${right} is refused`,
} satisfies Record<RightAnswer['answer'], Clause>;

export const outcomeClauses: Readonly<Record<LetterLanguage, Readonly<Record<RightAnswer['answer'], Clause>>>> = {
  it,
  en,
};
