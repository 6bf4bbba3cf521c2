/** From a letter's content to its PDF; and the same as a preview that cannot be taken for the letter itself. */
import type { Writable } from 'node:stream';
import type { LetterContent, LetterLanguage } from '../domain/letter/letter-content.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { Instant } from '../domain/time/instant.ts';
import { classTitlesOf, composeDocument } from './compose-document.ts';
import type { FontLibrary } from './document/font-library.ts';
import type { Attachment, LetterDocument, RenderResult } from './document/model.ts';
import { renderDocument } from './document/render-document.ts';

/** What a PDF is made from; the same input gives the same bytes. */
export type RenderLetterInput = {
  readonly content: LetterContent;
  readonly policy: Policy;
  /** The instant that the file states as its date: when the letter was composed. */
  readonly writtenAt: Instant;
  /** Files inside the PDF (PDF/A-3); default: none. */
  readonly attachments?: readonly Attachment[];
};

/** Writes the PDF of a letter into `target` and ends it. The same content, policy, instant and attachments give the same bytes. */
export const renderLetter = (
  { library }: { readonly library: FontLibrary },
  { content, policy, writtenAt, attachments }: RenderLetterInput,
  target: Writable,
): Promise<RenderResult> =>
  renderDocument(
    { library },
    composeDocument({ titles: classTitlesOf(policy) }, content, writtenAt, attachments),
    target,
  );

const mark = { it: 'ANTEPRIMA / BOZZA', en: 'PREVIEW / DRAFT (ANTEPRIMA / BOZZA)' } as const;
const notice = {
  it: 'Questo testo non è stato né protocollato né inviato e non ha alcun effetto.',
  en: 'This text has been neither registered nor sent and has no effect.',
} as const;

/** What stands where a letter has its protocol number: a preview takes none out of the register. */
export const previewNumber = 'ANTEPRIMA / BOZZA';

/** The document as a preview: the mark on top, in the title and at the foot of every page. */
export const asPreview = (document: LetterDocument, language: LetterLanguage): LetterDocument => {
  const [first, ...rest] = [...(Symbol.iterator in document.blocks ? document.blocks : [])];
  return {
    ...document,
    title: `${mark[language]}: ${document.title}`,
    footer: `${mark[language]} · ${document.footer}`,
    blocks: [
      ...(first === undefined ? [] : [first]),
      { kind: 'paragraph', text: [{ kind: 'strong', text: `${mark[language]}. ` }, notice[language]] },
      ...rest,
    ],
  };
};

/** As `renderLetter`, for a letter that does not exist yet. */
export const renderPreview = (
  { library }: { readonly library: FontLibrary },
  { content, policy, writtenAt }: RenderLetterInput,
  target: Writable,
): Promise<RenderResult> => {
  const document = composeDocument({ titles: classTitlesOf(policy) }, content, writtenAt);
  return renderDocument({ library }, asPreview(document, content.language), target);
};
