/** Reading a letter: what it says, its PDF, ready to be printed, signed or read, and all files that belong to it. */
import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { listReleases } from '../../storage/letters/deliveries.ts';
import { finalLetterFile, listLetterFiles, registeredHash } from '../../storage/letters/files.ts';
import { readLetter } from '../../storage/letters/letters.ts';
import { addRoute } from '../access/add-route.ts';
import { binary, json } from '../http/answers.ts';
import type { AddRoutes } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter } from '../http/schemas.ts';
import { auditCase, caseInPath, caseParameters } from '../requests/case-in-path.ts';
import { letterFileResponse, letterFileSchema, letterInPath, letterParameters } from './letter-in-path.ts';

/** Shows the content of a composed letter, from which its text and layout are made; each reading is audited (I10). */
export const readLetterRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readRequestLetter', {
    summary: 'What a letter of a rights request says',
    params: caseParameters.extend({ letterId: idParameter }),
    answers: {
      200: json('The content, complete; its text and layout are made from it', z.unknown().openapi({ type: 'object' })),
    },
    problems: ['request-unknown', 'letter-unknown'],
  })(async (c) => {
    const { caseId, letterId } = c.req.valid('param');
    const { state } = await caseInPath(deps, c, caseId);
    const known = state.letters.some((letter) => letter.letterId === letterId);
    const letter = known ? await readLetter({ db: deps.database, sealing: deps.sealing }, letterId) : undefined;
    if (letter === undefined)
      throw refusal('letter-unknown', { detail: 'The case has no composed letter of this id.' });
    await auditCase(deps, c, { action: 'case-letter-read', caseId, why: 'read', detail: { letterId } });
    return c.json(letter, 200);
  });
};

/** The PDF and the list of files, for those who prepare and sign; each reading is audited with the letter's id. */
export const letterFileRoutes: AddRoutes = (app, deps) => {
  const { database: db } = deps;
  addRoute(app, deps, 'readLetterFile', {
    summary: 'The PDF of a letter, as it leaves or left',
    description:
      'PDF/A-3a and PDF/UA-1, A4, the address in the window of a C6/5 envelope. `form=rendered` is the file to be signed elsewhere or printed; without it, the signed file comes where there is one.',
    params: letterParameters,
    query: z.object({ form: z.enum(['final', 'rendered']).default('final') }),
    answers: { 200: binary('Its bytes', 'application/pdf') },
    problems: ['request-unknown', 'letter-unknown', 'letter-not-rendered'],
  })(async (c) => {
    const { caseId, letterId } = c.req.valid('param');
    const { form } = c.req.valid('query');
    await letterInPath(deps, c, { caseId, letterId });
    const file =
      form === 'final'
        ? await finalLetterFile(db, letterId)
        : (await listLetterFiles(db, letterId)).find((one) => one.form === 'rendered');
    if (file === undefined) throw refusal('letter-not-rendered', { detail: 'The letter has no file yet.' });
    await auditCase(deps, c, {
      action: 'case-letter-read',
      caseId,
      why: 'file',
      detail: { letterId, fileId: file.fileId },
    });
    return letterFileResponse(deps, c, file);
  });
  addRoute(app, deps, 'listLetterFiles', {
    summary: "A letter's files, its hash in the protocol register, and how its sendings ended",
    params: letterParameters,
    answers: {
      200: json(
        'All of them',
        z
          .object({
            registeredSha256: z.string().optional(),
            files: z.array(letterFileSchema),
            releases: z.array(
              z.object({ releaseId: z.string(), channel: z.string(), state: z.string(), attempts: z.int() }),
            ),
          })
          .openapi('LetterFiles'),
      ),
    },
    problems: ['request-unknown', 'letter-unknown'],
  })(async (c) => {
    const { caseId, letterId } = c.req.valid('param');
    await letterInPath(deps, c, { caseId, letterId });
    const files = await listLetterFiles(db, letterId);
    const registeredSha256 = await registeredHash(db, letterId);
    const releases = await listReleases(db, letterId);
    await auditCase(deps, c, { action: 'case-letter-read', caseId, why: 'files', detail: { letterId } });
    return c.json(
      {
        ...given({ registeredSha256 }),
        files: files.map(({ form, detail, mediaType, size, sha256 }) => ({
          form,
          ...given({ detail }),
          mediaType,
          size,
          sha256: sha256.toString('hex'),
        })),
        releases,
      },
      200,
    );
  });
};
