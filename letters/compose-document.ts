/** Makes the document of any letter from its content; an English letter carries the complete Italian text too. */

import type { LetterContent, LetterLanguage } from '../domain/letter/letter-content.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { Instant } from '../domain/time/instant.ts';
import type { Attachment, Block, LetterDocument } from './document/model.ts';
import { caseLetterBlocks, caseSubject } from './texts/case-letters.ts';
import {
  closingBlocks,
  footerText,
  layoutWords,
  letterheadLines,
  openingBlocks,
  recipientOf,
  references,
  subjectLine,
} from './texts/frame.ts';
import { thirdPartyBlocks, thirdPartySubject } from './texts/third-party-letters.ts';
import { type ClassTitles, createWriting, type Writing } from './texts/writing.ts';

/** What a policy calls its record classes. */
export const classTitlesOf = ({ recordClasses }: Policy): ClassTitles =>
  new Map(recordClasses.map(({ id, title }) => [id, title]));

const parts = (writing: Writing, content: LetterContent): { subject: string; body: readonly Block[] } =>
  content.audience === 'subject'
    ? { subject: caseSubject(writing, content.kind), body: caseLetterBlocks(writing, content) }
    : { subject: thirdPartySubject(writing, content.kind), body: thirdPartyBlocks(writing, content) };

const textBlocks = (writing: Writing, content: LetterContent): readonly Block[] => {
  const { subject, body } = parts(writing, content);
  return [
    { kind: 'heading', level: 1, text: subjectLine(writing, subject) },
    ...openingBlocks(writing, content),
    ...body,
    ...closingBlocks(writing, content),
  ];
};

/** Italian words inside an English document are marked, so that they are pronounced rightly. */
const marked = (block: Block, language: LetterLanguage): Block =>
  block.kind === 'heading' || block.kind === 'paragraph'
    ? typeof block.text === 'string'
      ? { ...block, text: [{ kind: 'foreign', text: block.text, language }] }
      : {
          ...block,
          text: block.text.map((part) => (typeof part === 'string' ? { kind: 'foreign', text: part, language } : part)),
        }
    : block;

/**
 * The document of a letter, ready to be rendered. The same content gives the same document.
 * @param writtenAt the instant that the file states as its date
 * @throws a `RangeError` when a record class has no title or a citation has a form that Italian letters do not know
 */
export const composeDocument = (
  { titles }: { readonly titles: ClassTitles },
  content: LetterContent,
  writtenAt: Instant,
  attachments: readonly Attachment[] = [],
): LetterDocument => {
  const { language, letterhead } = content;
  const concerning = content.audience === 'subject' ? content.concerning : undefined;
  const writing = createWriting({ titles }, language, language, concerning);
  const italian = createWriting({ titles }, 'it', language, concerning);
  const { subject } = parts(writing, content);
  const title = subject.charAt(0).toUpperCase() + subject.slice(1);
  const blocks: readonly Block[] = [
    ...textBlocks(writing, content),
    ...(language === 'it'
      ? []
      : [
          { kind: 'pageBreak' as const },
          // Protocol, date and reference again: the Italian text is a letter of its own.
          ...textBlocks(italian, content).flatMap((block, index): readonly Block[] =>
            index === 0
              ? [
                  marked(block, 'it'),
                  {
                    kind: 'definitions',
                    rows: references(italian, content).map(({ label, value }) => ({
                      label,
                      value: [{ kind: 'foreign', text: value, language: 'it' }],
                    })),
                  },
                ]
              : [marked(block, 'it')],
          ),
        ]),
  ];
  return {
    language: language === 'it' ? 'it-IT' : 'en-GB',
    title: `${title} – ${content.protocol.number}`,
    author: letterhead.controller.name,
    createdAt: writtenAt,
    words: layoutWords(writing),
    letterhead: { name: letterhead.controller.name, lines: letterheadLines(content) },
    references: references(writing, content),
    recipient: recipientOf(writing, content.addressee),
    blocks,
    footer: footerText(writing, content),
    attachments,
  };
};
