/** `GET .../records/{sourceId}/objects/{name}`: streams an object out of the store, by the rules of its record's content. */
import { Readable } from 'node:stream';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { findStoredObject } from '../../storage/record-objects.ts';
import { guarded } from '../authorisation.ts';
import { auditAccess, reasonQuery } from '../content-access.ts';
import { contentDigest } from '../content-digest.ts';
import { type ApiDeps, type ApiEnv, policyOf } from '../context.ts';
import { describeError } from '../describe-error.ts';
import { storeAnswers } from '../outages.ts';
import { refusal } from '../problems.ts';
import { recordInPath } from '../record-answers.ts';
import { objectParameters, problemsOf, travelHeaders } from '../schemas.ts';

export const readObjectRoute = (deps: ApiDeps) =>
  new OpenAPIHono<ApiEnv>().openapi(
    createRoute({
      ...guarded(deps, 'readObject'),
      tags: ['Objects'],
      summary: 'Open an object of a record',
      description: 'Streamed from the store and audited; the rules are those of the content of its record.',
      request: { params: objectParameters, query: reasonQuery, headers: travelHeaders },
      responses: {
        200: {
          description: 'Its bytes',
          content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
        },
        ...problemsOf(
          'controller',
          'class-unknown',
          'record-unknown',
          'object-unknown',
          'record-erased',
          'reason-needed',
          'authorisation-needed',
          'store-unavailable',
        ),
      },
    }),
    async (c) => {
      const target = c.req.valid('param');
      const { reason } = c.req.valid('query');
      const opened = await deps.database.transaction().execute(async (tx) => {
        const { record, recordClass } = await recordInPath(deps, c, tx, target);
        const { recordId } = record;
        const object = await findStoredObject(tx, { recordId, name: target.name });
        if (object === undefined) {
          throw refusal('object-unknown', { detail: 'No object of this name was stored completely.' });
        }
        const refused = await auditAccess(c, tx, { recordClass, recordId, reason, objectId: object.objectId });
        return refused === undefined ? { object, recordClass } : { refused };
      });
      if ('refused' in opened) throw opened.refused;
      const { object, recordClass } = opened;
      const { key, versionId, size, sha256, mediaType } = object;
      const bytes = await storeAnswers(deps.objectStore.get({ key, versionId }));
      const { controller } = policyOf(c);
      deps.metrics.objectBytes.inc({ controller, record_class: recordClass.id, direction: 'out' }, size);
      const requestId = c.get('requestId');
      bytes.on('error', (error) => deps.logger.error({ requestId, error: describeError(error) }, 'object broke off'));
      // Whatever a source calls it, a browser that meets it saves it and runs nothing of it.
      return new Response(Readable.toWeb(bytes), {
        status: 200,
        headers: {
          'content-type': mediaType,
          'content-disposition': 'attachment',
          'content-length': String(size),
          'content-digest': contentDigest(sha256),
          'accept-ranges': 'none',
        },
      });
    },
  );
