/** `GET .../records/{sourceId}/objects/{name}`: streams an object out of the store, by the rules of its record's content. */
import { Readable } from 'node:stream';
import { assertNever } from '../../domain/result.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { admitObject, streamObject } from '../../storage/reading/read-object.ts';
import { addRoute } from '../access/add-route.ts';
import { claimedPurpose, openForCaller, purposeHeaders, reasonQuery } from '../access/content-access.ts';
import { binary } from '../http/answers.ts';
import { contentDigest } from '../http/bodies.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { storeAnswers } from '../http/outages.ts';
import { refusal } from '../http/problems.ts';
import { objectParameters } from '../http/schemas.ts';
import { recordInPath } from './record-answers.ts';

/** Audited before the first byte; restriction and roles are tested in the same transaction (I10, I11). */
export const readObjectRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readObject', {
    summary: 'Open an object of a record',
    description:
      'Streamed from the store and audited; the rules are those of the content of its record. A restriction that is placed meanwhile breaks the download off.',
    params: objectParameters,
    query: reasonQuery,
    headers: purposeHeaders,
    answers: { 200: binary('Its bytes', 'application/octet-stream') },
    problems: [
      'class-unknown',
      'record-unknown',
      'object-unknown',
      'record-erased',
      'reason-needed',
      'authorisation-needed',
      'restricted',
      'store-unavailable',
    ],
  })(async (c) => {
    const target = c.req.valid('param');
    const { reason } = c.req.valid('query');
    const purpose = claimedPurpose(c.req.valid('header'));
    const { controller } = policyOf(c);
    const opened = await deps.database.transaction().execute(async (tx) => {
      const { record, recordClass } = await recordInPath(deps, c, tx, target);
      const { recordId } = record;
      return openForCaller(c, tx, { recordClass, recordId, reason, purpose }, async (reading) => {
        const given = await admitObject(tx, { controller, recordId, name: target.name, reading });
        switch (given.outcome) {
          case 'admitted':
            return { read: { admitted: given.admitted, recordClass }, objectId: given.admitted.object.objectId };
          case 'refused':
            return { refused: given.why };
          case 'unknown':
            throw refusal('object-unknown', { detail: 'No object of this name was stored completely.' });
          default:
            return assertNever(given);
        }
      });
    });
    if ('refused' in opened) throw opened.refused;
    const { admitted, recordClass } = opened.read;
    const { size, sha256, mediaType } = admitted.object;
    const bytes = await storeAnswers(streamObject({ db: deps.database, store: deps.objectStore }, admitted));
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
  });
};
