/** The letter of a case in a path, and how its files are answered: streamed out of the case file, never cached. */
import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { findLetter } from '../../domain/request/course/case-state.ts';
import { createFontLibrary, type FontLibrary } from '../../letters/document/font-library.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { type LetterFile, readLetterFile } from '../../storage/letters/files.ts';
import { contentDigest } from '../http/bodies.ts';
import type { ApiContext, ApiDeps } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter } from '../http/schemas.ts';
import { caseInPath, caseParameters } from '../requests/case-in-path.ts';

/** A letter with a thousand pages is well below; base64 and a provider's envelope included. */
export const largestLetterFile = 64 * 1024 * 1024;

/**
 * A file of a letter as staff see it: `size` in bytes, `sha256` in hexadecimal, `detail` the kind of receipt or the
 * format of the signature.
 */
export const letterFileSchema = z.object({
  form: z.enum(['rendered', 'signed', 'receipt']),
  detail: z.string().optional(),
  mediaType: z.string(),
  size: z.int(),
  sha256: z.string(),
});

/** Answers the same library each time. */
export const fontsOnDemand = (): (() => FontLibrary) => {
  let library: FontLibrary | undefined;
  return () => {
    library ??= createFontLibrary();
    return library;
  };
};

/** `{controller}`, `{caseId}` and `{letterId}` of a path. That the letter is the case's is for `letterInPath`. */
export const letterParameters = caseParameters.extend({ letterId: idParameter });

/** The letter in the path with its case. */
export const letterInPath = async (
  deps: ApiDeps,
  c: ApiContext,
  { caseId, letterId }: { readonly caseId: string; readonly letterId: string },
) => {
  const { state } = await caseInPath(deps, c, caseId);
  const letter = findLetter(state, letterId);
  if (letter === undefined) throw refusal('letter-unknown', { detail: 'The case has no letter of this id.' });
  return { state, letter };
};

/** A stream as an answer's body; what breaks off on the way is logged, the caller sees an incomplete body. */
export const streamed = (deps: ApiDeps, c: ApiContext, bytes: Readable): ReadableStream => {
  const requestId = c.get('requestId');
  bytes.on('error', (error) => deps.logger.error({ requestId, error: describeError(error) }, 'a file broke off'));
  // Node's own type of a web stream and the platform's are one thing.
  return Readable.toWeb(bytes) as ReadableStream;
};

/** The headers of a file that is opened: its name says nothing about a person. */
export const fileHeaders = (mediaType: string, name: string): Record<string, string> => ({
  'content-type': mediaType,
  'content-disposition': `attachment; filename="${name}"`,
  'cache-control': 'no-store',
  'accept-ranges': 'none',
});

/** A letter's file as an answer. */
export const letterFileResponse = (deps: ApiDeps, c: ApiContext, file: LetterFile): Response =>
  new Response(streamed(deps, c, Readable.from(readLetterFile({ db: deps.database, sealing: deps.sealing }, file))), {
    status: 200,
    headers: {
      ...fileHeaders(file.mediaType, file.detail === 'cades' ? 'letter.pdf.p7m' : 'letter.pdf'),
      'content-length': String(file.size),
      'content-digest': contentDigest(file.sha256),
    },
  });
