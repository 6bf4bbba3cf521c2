/** `PUT .../records/{sourceId}/objects/{name}`: streams audio and other files straight into the store. */
import { z } from '@hono/zod-openapi';
import type { RecordId } from '../../domain/ids.ts';
import type { RecordClassPolicy } from '../../domain/policy/policy.ts';
import { assertNever } from '../../domain/result.ts';
import { UploadMismatchError } from '../../storage/objects/put-object.ts';
import {
  type BeginUploadResult,
  beginUpload,
  beginUploadBySourceKey,
  finishUpload,
  type ObjectFacts,
  type StoredObject,
} from '../../storage/objects/record-objects.ts';
import type { PresentRecord } from '../../storage/records/find-record.ts';
import { addRoute } from '../access/add-route.ts';
import { entryOf } from '../access/audit-entry.ts';
import { anyBytes, json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { storeAnswers } from '../http/outages.ts';
import { type FieldFault, refusal } from '../http/problems.ts';
import { instantSchema, objectParameters, travelHeaders } from '../http/schemas.ts';
import { announcedFacts, largestObject, uploadBytes, verifyBody } from '../http/uploads.ts';
import { classInPath, recordErased, recordInPath, sourceKeyInPath } from './record-answers.ts';
import { ownClassFault } from './submission/check-submission.ts';
import { nameFault } from './submission/source-name.ts';

const storedSchema = z
  .object({
    name: z.string(),
    mediaType: z.string(),
    size: z.int(),
    sha256: z.string().openapi({ description: 'Lower-case hexadecimal' }),
    uploadBegunAt: instantSchema,
  })
  .openapi('StoredObject');

const storedBody = ({ name, mediaType, size, sha256, createdAt }: StoredObject): z.output<typeof storedSchema> => ({
  name,
  mediaType,
  size,
  sha256: sha256.toString('hex'),
  uploadBegunAt: createdAt,
});

const invalidObject = (errors: readonly FieldFault[]) =>
  refusal('invalid-object', { detail: 'The object was not stored; nothing of it counts.', errors });

const mismatch = ({ reason }: UploadMismatchError) => {
  if (reason === 'too-large') {
    return refusal('body-too-large', { detail: `An object may have at most ${largestObject} bytes.` });
  }
  const fault =
    reason === 'size'
      ? { field: 'Content-Length', code: 'mismatch', detail: 'the body has another length' }
      : { field: 'Content-Digest', code: 'mismatch', detail: 'the body has another SHA-256' };
  return refusal('digest-mismatch', {
    detail: 'Nothing of the object counts as stored; send it again.',
    errors: [fault],
  });
};

type Target = { readonly recordClass: string; readonly sourceId: string; readonly name: string };

/** What is wrong with an object of this name, whatever record of the class it is for: the class keeps none, or the name looks like personal data. */
const objectFault = (recordClass: RecordClassPolicy, name: string): FieldFault | undefined =>
  nameFault('name', name) ??
  (recordClass.content === 'sealed-text'
    ? { field: 'name', code: 'not-kept', detail: 'records of this class have no objects' }
    : undefined);

/** The record that an object is for, or why there is none, or why it takes no such object. */
const uploadTarget = async (deps: ApiDeps, c: ApiContext, target: Target): Promise<PresentRecord> => {
  const { record, recordClass } = await recordInPath(deps, c, deps.database, target);
  const fault = objectFault(recordClass, target.name);
  if (fault !== undefined) throw invalidObject([fault]);
  return record;
};

/** Writes the upload down, the short way where nothing stands in it. */
const begin = async (
  deps: ApiDeps,
  c: ApiContext,
  { target, recordClass, facts }: { target: Target; recordClass: RecordClassPolicy; facts: ObjectFacts },
): Promise<BeginUploadResult & { readonly recordId: RecordId }> => {
  const policy = policyOf(c);
  const { sourceId, name } = target;
  const input = { controller: policy.controller, recordClass: recordClass.id, name, facts, now: c.get('now') };
  if (objectFault(recordClass, name) === undefined) {
    const sourceKey = sourceKeyInPath(deps, policy, { recordClass: recordClass.id, sourceId });
    const begun = await beginUploadBySourceKey(deps.database, { ...input, sourceKey });
    if (begun !== undefined) return { outcome: 'begun', ...begun };
  }
  const { recordId } = await uploadTarget(deps, c, target);
  return { ...(await beginUpload(deps.database, { ...input, recordId })), recordId };
};

type StoreResult = { readonly created: boolean; readonly object: StoredObject };

const storeObject = async (deps: ApiDeps, c: ApiContext, target: Target, facts: ObjectFacts): Promise<StoreResult> => {
  const { controller } = policyOf(c);
  const recordClass = classInPath(policyOf(c), target.recordClass);
  const own = ownClassFault(recordClass);
  if (own !== undefined) throw invalidObject([own]);
  const { name } = target;
  const now = c.get('now');
  const begun = await begin(deps, c, { target, recordClass, facts });
  const { recordId } = begun;
  const store = async () => {
    if (begun.outcome !== 'begun') return begun;
    const { upload } = begun;
    const put = await storeAnswers(
      deps.objectStore.put({ key: upload.key, body: uploadBytes(c), ...facts, maxSize: largestObject }),
    );
    deps.metrics.objectBytes.inc({ controller, record_class: recordClass.id, direction: 'in' }, put.size);
    return finishUpload(deps.database, {
      controller,
      recordId,
      name,
      upload,
      stored: { ...put, mediaType: facts.mediaType },
      now,
      audit: entryOf(c, {
        action: 'object-stored',
        target: { kind: 'object', id: upload.objectId },
        why: 'handed-in',
        // No digest: what outlives the object should not be a fingerprint of it.
        detail: { recordId, size: put.size },
      }),
    });
  };
  const result = await store();
  switch (result.outcome) {
    case 'created':
      return { created: true, object: result.object };
    case 'stored':
      // The same answer as the first time, to the same question: the body is what it announces.
      if (begun.outcome === 'stored') await verifyBody(uploadBytes(c), facts);
      return { created: false, object: result.object };
    case 'differs':
      throw refusal('object-differs', {
        detail: 'An object with other content, or another media type, is stored under this name. Nothing was changed.',
      });
    case 'given-up':
      throw refusal('upload-broken-off', { detail: 'The upload took so long that it was given up; send it again.' });
    case 'erased':
      // Looks again, which throws the 410 that names the certificate as far as there is one.
      await uploadTarget(deps, c, target);
      throw recordErased({ recordId, certificateId: undefined });
    default:
      return assertNever(result);
  }
};

/** Counts when length and digest are as announced; the same again answers as before, other content under the name is refused (I9, I12). */
export const putObjectRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'putObject', {
    summary: 'Hand in an object of a record',
    description:
      'Streamed to the store. Needs Content-Length and Content-Digest (RFC 9530, sha-256); a body that turns out to be another is refused and nothing of it counts.',
    params: objectParameters,
    headers: travelHeaders.extend({
      'content-digest': z
        .string()
        .optional()
        .openapi({ example: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' }),
    }),
    body: { required: true, content: { '*/*': anyBytes } },
    answers: { 200: json('Stored before', storedSchema), 201: json('Stored now', storedSchema) },
    problems: [
      'class-not-yours',
      'class-unknown',
      'record-unknown',
      'record-erased',
      'object-differs',
      'length-required',
      'body-too-large',
      'media-type-unsupported',
      'invalid-object',
      'digest-mismatch',
      'upload-broken-off',
      'store-unavailable',
    ],
  })(async (c) => {
    const { created, object } = await storeObject(deps, c, c.req.valid('param'), announcedFacts(c)).catch(
      (error: unknown): never => {
        throw error instanceof UploadMismatchError ? mismatch(error) : error;
      },
    );
    return created ? c.json(storedBody(object), 201) : c.json(storedBody(object), 200);
  });
};
