/** Letters that were signed elsewhere and come back: taken where they are the same document, refused with the reason otherwise. */
import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { checkReturnedFile } from '../../letters/signature/returned-file.ts';
import { returnedFileFaults } from '../../letters/signature/signed-pdf.ts';
import { listLetterFiles, storeHandedInFile, wholeLetterFile } from '../../storage/letters/files.ts';
import { addRoute } from '../access/add-route.ts';
import { anyBytes, json } from '../http/answers.ts';
import { readBody } from '../http/bodies.ts';
import { type AddRoutes, actorOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { instantSchema } from '../http/schemas.ts';
import { largestLetterFile, letterFileSchema, letterInPath, letterParameters } from './letter-in-path.ts';

const takenBackSchema = letterFileSchema
  .extend({
    signers: z.array(z.object({ signerSubject: z.string(), claimedSigningTime: instantSchema.optional() })).openapi({
      description:
        'Who signed, as the certificates in the file say, and when, as the signers claim. The signatures hold; whether a certificate can be trusted, is qualified or was revoked is not decided here',
    }),
  })
  .openapi('SignedLetter');

/** Before it is sent (409 afterwards): signatures are verified over the letter as rendered; whether a certificate is qualified is not decided. */
export const signedLetterRoute: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  addRoute(app, deps, 'addSignedLetter', {
    summary: 'Hand back a letter that was signed elsewhere',
    description:
      'PAdES (the letter with a signature added) or CAdES (.p7m around the letter). Refused where it is another document, or where anything but a signature was added. Its hash takes the place of the letter in the protocol register.',
    params: letterParameters,
    body: { required: true, content: { 'application/pdf': anyBytes, 'application/pkcs7-mime': anyBytes } },
    answers: { 201: json('Taken back', takenBackSchema) },
    problems: [
      'request-unknown',
      'letter-unknown',
      'letter-not-rendered',
      'letter-left-already',
      'signed-file-refused',
      'body-too-large',
    ],
  })(async (c) => {
    const { caseId, letterId } = c.req.valid('param');
    const { state, letter } = await letterInPath(deps, c, { caseId, letterId });
    const left = letter.dispatch?.state === 'released' || letter.dispatch?.state === 'sent';
    if (left || letter.state === 'delivered')
      throw refusal('letter-left-already', { detail: 'The letter has been sent or delivered as it is.' });
    const original = (await listLetterFiles(db, letterId)).find(({ form }) => form === 'rendered');
    if (original === undefined) throw refusal('letter-not-rendered', { detail: 'The letter has no file yet.' });
    const bytes = await readBody(c, largestLetterFile);
    const checked = await checkReturnedFile(await wholeLetterFile({ db, sealing }, original), bytes);
    if (checked.kind === 'refused') {
      throw refusal('signed-file-refused', {
        detail: returnedFileFaults[checked.fault],
        more: { reason: checked.fault },
      });
    }
    const file = await storeHandedInFile(
      { db, sealing },
      {
        caseId,
        controller: state.controller,
        letterId,
        actor: actorOf(c),
        now: c.get('now'),
        form: 'signed',
        detail: checked.format,
        mediaType: checked.mediaType,
        bytes,
      },
    );
    const { form, mediaType, size, sha256 } = file;
    return c.json(
      {
        form,
        detail: checked.format,
        mediaType,
        size,
        sha256: sha256.toString('hex'),
        signers: checked.signers.map(({ subject, claimedTime }) => ({
          signerSubject: subject,
          ...given({ claimedSigningTime: claimedTime }),
        })),
      },
      201,
    );
  });
};
