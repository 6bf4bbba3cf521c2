/**
 * Finds code that could read the content or the objects of records past the one decision on reading (I11). It reads text, like the
 * search for destruction: a reader that is named otherwise still has to name the column, the function or the client's method.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, filesLookedAt, findingsIn, type Way } from './destruction.ts';

const ways: readonly Way[] = [
  { what: 'the column of sealed content', found: /\bsealed_content\b/ },
  { what: 'a content that is opened', found: /\bopenContent\b/ },
  {
    what: 'whole rows of records',
    found:
      /selectFrom\(\s*['"`]record['"`]\s*\)\s*\.selectAll|\brecord\.\*|\bselect\s+\*\s+from\s+(?:only\s+)?record\b|\b(?:row_to_json|to_jsonb?)\(\s*record\b/i,
  },
  {
    what: 'bytes out of the store',
    found:
      /\b\w*store\w*(?:\([^()]*\))?\s*\??\.\s*get\s*\(|\.get\(\s*\{\s*(?:\.\.\.)?\s*key\b|\{[^{}]*\bget\b[^{}]*\}\s*=\s*[\w.]*store\b/i,
  },
  {
    what: "a store client's own reading",
    found:
      /\b(?:getObject|fGetObject|getPartialObject|copyObject|composeObject|selectObjectContent|GetObjectCommand|presigned\w*)\b/,
  },
];

/** Who may, and why. */
const allowed: readonly { readonly file: string; readonly what: readonly string[]; readonly because: string }[] = [
  {
    file: 'storage/reading/read-content.ts',
    what: ['the column of sealed content', 'a content that is opened'],
    because: 'the one reader of content',
  },
  {
    file: 'storage/requests/attachments.ts',
    what: ['bytes out of the store'],
    because: 'files that a person sent with a request, or staff added to the case: no records that are restricted',
  },
  { file: 'storage/reading/read-object.ts', what: ['bytes out of the store'], because: 'the one reader of objects' },
  {
    file: 'storage/records/record-content.ts',
    what: ['a content that is opened'],
    because: 'says how a content is opened',
  },
  {
    file: 'storage/objects/object-store.ts',
    what: ["a store client's own reading"],
    because: 'the store, which knows nothing of records',
  },
  { file: 'storage/records/insert-records.ts', what: ['the column of sealed content'], because: 'writes it' },
  { file: 'storage/records/tables.ts', what: ['the column of sealed content'], because: 'the table' },
  { file: 'migrations/2026-11-21-03-records.ts', what: ['the column of sealed content'], because: 'the table' },
  {
    file: 'migrations/2026-11-22-31-execution.ts',
    what: ['the column of sealed content'],
    because: 'grants the writing of it, for rectification',
  },
  {
    file: 'storage/execution/rectify-record.ts',
    what: ['the column of sealed content', 'a content that is opened'],
    because: 'rectifies it as a decision says (Art. 16); shows it to nobody',
  },
  {
    file: 'migrations/2026-11-21-20-case-file.ts',
    what: ['the column of sealed content'],
    because: 'letters of case files, which are no records',
  },
  {
    file: 'storage/letters/tables.ts',
    what: ['the column of sealed content'],
    because: 'letters of case files, which are no records',
  },
  {
    file: 'storage/letters/letters.ts',
    what: ['the column of sealed content'],
    because: 'letters of case files, which are no records',
  },
  {
    file: 'migrations/2026-11-22-42-hold-notices.ts',
    what: ['the column of sealed content'],
    because: 'notices of holds, which are no records',
  },
  {
    file: 'storage/hold-notices/tables.ts',
    what: ['the column of sealed content'],
    because: 'notices of holds, which are no records',
  },
  {
    file: 'storage/hold-notices/notices.ts',
    what: ['the column of sealed content'],
    because: 'notices of holds, which are no records',
  },
];

/** Every place that could read past the decision, by file and line. */
export const findReaders = (root: string): readonly Finding[] =>
  filesLookedAt(root)
    .flatMap((file) => findingsIn(root, file, ways))
    .filter(({ file, what }) => !allowed.some((one) => one.file === file && one.what.includes(what)));

/** The exceptions that name a file or a way which is not there (any more). */
export const staleExceptions = (root: string): readonly string[] => {
  const files = new Set(filesLookedAt(root));
  return allowed.flatMap(({ file, what }) => {
    if (!files.has(file)) return [file];
    const text = readFileSync(join(root, file), 'utf8');
    return what
      .filter((one) => ways.every((way) => way.what !== one || !way.found.test(text)))
      .map((one) => `${file}: ${one}`);
  });
};
