/** Files of a case: the message itself, proofs of authority, receipts of delivery. Streamed, never held in memory. */
import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { UploadMismatchError } from '../../storage/objects/put-object.ts';
import { addAttachment, listAttachments, openAttachment } from '../../storage/requests/attachments.ts';
import { addRoute } from '../access/add-route.ts';
import { anyBytes, binary, json } from '../http/answers.ts';
import { bodyBytes, contentDigest } from '../http/bodies.ts';
import { type AddRoutes, actorOf, policyOf } from '../http/context.ts';
import { storeAnswers } from '../http/outages.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, idSchema, travelHeaders } from '../http/schemas.ts';
import { announcedFacts } from '../http/uploads.ts';
import { auditCase, caseInPath, caseParameters } from './case-in-path.ts';

const headers = travelHeaders.extend({
  'content-digest': z.string().optional().openapi({
    description: 'Of the body (RFC 9530); without it the file is refused',
    example: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  }),
  'attachment-name': z.string().max(600).openapi({
    description: "The file's name, percent-encoded UTF-8; in a header because addresses are logged elsewhere",
  }),
});

const nameOf = (encoded: string): string => {
  try {
    return decodeURIComponent(encoded).trim().slice(0, 300);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
};

const listSchema = z
  .object({
    attachments: z.array(z.object({ attachmentId: idSchema, name: z.string(), mediaType: z.string(), size: z.int() })),
  })
  .openapi('AttachmentList');

/** A file counts once its bytes are what its headers announce (422 otherwise); every opening is in the audit trail (I10). */
export const requestAttachmentRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'addAttachment', {
    summary: 'Add a file to a rights request',
    params: caseParameters,
    headers,
    body: { required: true, content: { '*/*': anyBytes } },
    answers: { 201: json('Stored', z.object({ attachmentId: idSchema })) },
    problems: [
      'request-unknown',
      'length-required',
      'digest-mismatch',
      'invalid-object',
      'body-too-large',
      'store-unavailable',
    ],
  })(async (c) => {
    const { caseId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const name = nameOf(c.req.valid('header')['attachment-name']);
    if (name === '') {
      throw refusal('invalid-object', {
        detail: 'The file was not stored.',
        errors: [{ field: 'Attachment-Name', code: 'invalid-form', detail: 'percent-encoded UTF-8, not empty' }],
      });
    }
    try {
      const stored = await storeAnswers(
        addAttachment(
          { db: deps.database, store: deps.objectStore, sealing: deps.sealing },
          {
            caseId,
            controller: policyOf(c).controller,
            recordClass: policyOf(c).rightsRequests.caseFileClass,
            name,
            ...announcedFacts(c),
            body: bodyBytes(c),
            actor: actorOf(c),
            now: c.get('now'),
          },
        ),
      );
      return c.json(stored, 201);
    } catch (error) {
      if (!(error instanceof UploadMismatchError)) throw error;
      throw refusal('digest-mismatch', { detail: 'The file is not what its headers announce; send it again.' });
    }
  });
  addRoute(app, deps, 'readAttachment', {
    summary: 'Open a file of a rights request',
    description: 'Streamed from the store and audited.',
    params: caseParameters.extend({ attachmentId: idParameter }),
    answers: { 200: binary('Its bytes', 'application/octet-stream') },
    problems: ['request-unknown', 'object-unknown', 'store-unavailable'],
  })(async (c) => {
    const { caseId, attachmentId } = c.req.valid('param');
    const { state } = await caseInPath(deps, c, caseId);
    const opened = await openAttachment(
      { db: deps.database, store: deps.objectStore },
      { caseId, controller: state.controller, attachmentId, actor: actorOf(c), now: c.get('now') },
    );
    if (opened === undefined) {
      throw refusal('object-unknown', { detail: 'The rights request has no stored file of this id.' });
    }
    const bytes = await storeAnswers(opened.bytes());
    // Its media type is what the sender claimed: a browser saves the file and runs nothing of it.
    return new Response(Readable.toWeb(bytes), {
      status: 200,
      headers: {
        'content-type': opened.mediaType,
        'content-disposition': 'attachment',
        'content-length': String(opened.size),
        'content-digest': contentDigest(opened.sha256),
      },
    });
  });
  addRoute(app, deps, 'listAttachments', {
    summary: 'The files of a rights request',
    params: caseParameters,
    answers: { 200: json('All of them', listSchema) },
    problems: ['request-unknown'],
  })(async (c) => {
    const { caseId } = c.req.valid('param');
    const { state } = await caseInPath(deps, c, caseId);
    const attachments = await listAttachments(deps.database, deps.sealing, caseId);
    await auditCase(deps, c, { action: 'case-attachment-read', controller: state.controller, caseId, why: 'list' });
    return c.json(
      {
        attachments: attachments.map(({ attachmentId, name, mediaType, size }) => ({
          attachmentId,
          name,
          mediaType,
          size,
        })),
      },
      200,
    );
  });
};
