/** The text of a conversation as a file of its own, which any editor and screen reader opens. */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { PackagedClass, PackagedRecord } from './model.ts';
import { packageTexts } from './texts.ts';
import { visibleText } from './visible-text.ts';

/** The file, or `undefined` where there is nothing to show. UTF-8, line feeds. */
export const transcriptText = (
  { title }: PackagedClass,
  record: PackagedRecord,
  language: LetterLanguage,
  when: string,
): string | undefined => {
  const { words } = record;
  if (words?.text === undefined) return undefined;
  const t = packageTexts[language];
  const head = [
    `${title[language]} – ${t.number} ${record.number}`,
    `${t.when}: ${when}`,
    ...words.identifiers.map(({ kind, value }) => `${kind}: ${value}`),
  ];
  const statements = (words.statements ?? []).map(({ text }) => `${t.statement}:\n${text}`);
  return `${visibleText(head.join('\n'))}\n\n${visibleText(words.text)}\n${statements.map((one) => `\n${visibleText(one)}\n`).join('')}`;
};
