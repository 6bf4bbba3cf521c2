/**
 * Citations as an Italian official writes them. The domain cites in the English manner, `Art. 17(3)(b) GDPR`; in Italian it is
 * `art. 17, par. 3, lett. b), del Regolamento`, and `comma` for the Code.
 */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { LegalBasis, LegalBasisArticle } from '../../domain/policy/policy.ts';
import type { RichText } from '../document/model.ts';
import type { Writing } from './writing.ts';

const citationForm = /^Art\. (.+?) (GDPR|D\.Lgs\. 196\/2003)(?:, (first|second) sentence)?$/;
const articleForm = /^(\d+(?:-[a-z]+)?)(?:\((\d+)\))?(?:\(([a-z](?:-bis)?)\))?(?: and \((\d+)\))?$/;
const acts = {
  GDPR: { act: 'del Regolamento', division: ['par.', 'parr.'] },
  'D.Lgs. 196/2003': { act: 'del Codice', division: ['comma', 'commi'] },
} as const;

const italianArticle = (article: string, [one, many]: readonly [string, string], citation: string): string => {
  const [, number, division, letter, second] = articleForm.exec(article) ?? [];
  if (number === undefined) throw new RangeError(`A citation in another form: ${citation}`);
  return [
    number,
    ...(division === undefined
      ? []
      : [second === undefined ? `${one} ${division}` : `${many} ${division} e ${second}`]),
    ...(letter === undefined ? [] : [`lett. ${letter})`]),
  ].join(', ');
};

/** A citation of the domain in Italian. Throws a `RangeError` for a form it does not know. */
export const italianCitation = (citation: string): string => {
  if (citation === 'Privacy notice') return 'informativa sul trattamento dei dati';
  const match = citationForm.exec(citation);
  const [, articles = '', name, sentence] = match ?? [];
  if (name !== 'GDPR' && name !== 'D.Lgs. 196/2003') throw new RangeError(`A citation in another form: ${citation}`);
  const { act, division } = acts[name];
  const list = articles.split(', ').map((article) => italianArticle(article, division, citation));
  const words = list.length === 1 ? `art. ${list[0]}` : `artt. ${list.join(', e ')}`;
  const period = sentence === undefined ? '' : sentence === 'first' ? ', primo periodo' : ', secondo periodo';
  return `${words}${period}${words.includes(',') || period !== '' ? ',' : ''} ${act}`;
};

/** A citation in the language of the text. */
export const cited = (language: LetterLanguage, citation: string): string =>
  language === 'it' ? italianCitation(citation) : citation.replace('D.Lgs. 196/2003', 'of the Italian Privacy Code');

/** Art. 6(1), by letter: what kind of basis it is. */
const bases = {
  it: {
    '6.1.a': 'consenso (art. 6, par. 1, lett. a), del Regolamento)',
    '6.1.b': 'contratto (art. 6, par. 1, lett. b), del Regolamento)',
    '6.1.c': 'obbligo di legge (art. 6, par. 1, lett. c), del Regolamento)',
    '6.1.d': 'salvaguardia di interessi vitali (art. 6, par. 1, lett. d), del Regolamento)',
    '6.1.e': 'compito di interesse pubblico (art. 6, par. 1, lett. e), del Regolamento)',
    '6.1.f': 'legittimo interesse (art. 6, par. 1, lett. f), del Regolamento)',
  },
  en: {
    '6.1.a': 'consent (Art. 6(1)(a) GDPR)',
    '6.1.b': 'contract (Art. 6(1)(b) GDPR)',
    '6.1.c': 'legal obligation (Art. 6(1)(c) GDPR)',
    '6.1.d': 'protection of vital interests (Art. 6(1)(d) GDPR)',
    '6.1.e': 'task in the public interest (Art. 6(1)(e) GDPR)',
    '6.1.f': 'legitimate interests (Art. 6(1)(f) GDPR)',
  },
} satisfies Record<LetterLanguage, Record<LegalBasisArticle, string>>;

/** Legal bases in words, each with its article and the law behind it. */
export const basesInWords = (
  { language, italian }: Writing,
  those: readonly LegalBasis[],
): readonly Exclude<RichText, string>[number][] =>
  those.flatMap(({ article, source }, index) => [
    `${index === 0 ? '' : '; '}${bases[language][article]}, `,
    italian(source),
  ]);
