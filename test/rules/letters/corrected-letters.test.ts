/** Letters that put right what an earlier one said: another day of receipt, an erasure that is not carried out any more. */
import { expect, test } from 'vitest';
import type { LetterContent } from '../../../domain/letter/letter-content.ts';
import { instant } from '../../../domain/time/instant.ts';
import { localDate } from '../../../domain/time/local-date.ts';
import { composeDocument } from '../../../letters/compose-document.ts';
import { sampleContents, sampleTitles } from './support/sample-contents.ts';

const textOf = (content: LetterContent): string =>
  JSON.stringify(composeDocument({ titles: sampleTitles }, content, instant('2026-03-09T10:00:00Z')));

const acknowledgement = (language: 'it' | 'en') => {
  const content = sampleContents(language).get('acknowledgement');
  if (content?.kind !== 'acknowledgement') throw new Error('There is no sample of an acknowledgement');
  return content;
};

const withdrawal = (language: 'it' | 'en') => {
  const content = sampleContents(language).get('request-withdrawn');
  if (content?.kind !== 'request-withdrawn') throw new Error('There is no sample of a withdrawal');
  return content;
};

test.each([
  ['it', 'avevamo indicato l’8 marzo 2026', 'ricevuta il 12 febbraio 2026', 'entro il 12 marzo 2026'],
  ['en', 'we gave 8 March 2026 as the day', 'We received it on 12 February 2026', 'by 12 March 2026'],
] as const)(
  'an acknowledgement that puts the day of receipt right names both days and the dates that hold (%s)',
  (language, ...said) => {
    const text = textOf({ ...acknowledgement(language), formerlyReceivedOn: localDate('2026-03-08') });
    for (const words of said) expect(text).toContain(words);
    expect(textOf(acknowledgement(language))).not.toContain(said[0]);
  },
);

test.each([
  ['it', 'che avevamo rinviato non sarà eseguita', '3 registrazioni erano già state cancellate'],
  ['en', 'that we had deferred will not be carried out', '3 records had already been erased'],
] as const)(
  'a withdrawal while an erasure waited says that it is not carried out, and what had gone before (%s)',
  (language, ends, gone) => {
    const letter = withdrawal(language);
    const text = textOf({ ...letter, deferredErasure: { erasedBefore: 3 } });
    expect(text).toContain(ends);
    expect(text).toContain(gone);
    expect(textOf({ ...letter, deferredErasure: { erasedBefore: 0 } })).not.toContain(gone.slice(2));
    expect(textOf(letter)).not.toContain(ends);
  },
);
