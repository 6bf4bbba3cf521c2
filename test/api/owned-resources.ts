/** One thing of each kind that a route can name, all of them of one controller: real ones, so that a stranger has something to miss. */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { recordClassId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { makeLink } from '../../storage/letters/links.ts';
import { addAttachment } from '../../storage/requests/attachments.ts';
import { walkUnit } from '../support/erasing.ts';
import { handInOne, inps, recordClasses } from '../support/records.ts';
import { searchAndReport } from '../support/requests/searches.ts';
import { openCase, policyOf, stateOf } from '../support/requests/stored-cases.ts';
import { realNow } from '../support/world.ts';
import type { Api } from './support.ts';

/** What takes the places of `{...}` in a route's path, by operation where one name stands for several things. */
export type PathValues = Readonly<Record<string, string>>;

const required = (value: unknown, what: string): string => {
  if (typeof value !== 'string') throw new Error(`There is no ${what}`);
  return value;
};

const now = realNow();
const person = [{ kind: 'controller-subject-id' as const, value: 'somebody of inps' }];

const records = async ({ world }: Api) => {
  const day = { triggerAt: instantPlus(now, -days(1)), now, subjects: () => person };
  const record = await handInOne(world, {
    ...day,
    recordClass: recordClasses.callRecording,
    objects: () => [Buffer.from('a recorded voice')],
  });
  const erased = await handInOne(world, { ...day, recordClass: recordClasses.chat });
  await walkUnit(world.gate(), { unitId: erased.unit.id, now: erased.unit.dueAt });
  const { id: certificate } = await world
    .database('api')
    .selectFrom('disposition_certificate')
    .select('id')
    .where('unit_id', '=', erased.unit.id)
    .executeTakeFirstOrThrow();
  return { record, certificate };
};

const hold = async ({ call, token }: Api, recordId: string) => {
  const legal = await token({ role: 'legal', actor: 'owner-lawyer' });
  const post = async (path: string, json: unknown) => {
    const headers = { 'idempotency-key': randomUUID() };
    const { status, body, text } = await call('POST', `/controllers/inps/holds${path}`, {
      token: legal,
      headers,
      json,
    });
    if (status >= 300) throw new Error(`${path}: ${text}`);
    return body;
  };
  const placed = await post('', {
    kind: 'litigation-hold',
    matterReference: 'RG 1/2026',
    legalBasis: 'GDPR Art. 17(3)(e)',
    reason: 'dispute',
    reviewOn: '2099-01-01',
    scope: [{ recordId }],
  });
  const holdId = required(placed.suspensionId, 'hold');
  const { noticeId } = await post(`/${holdId}/notices`, {
    custodian: { office: 'Archivio', delivery: { kind: 'counter' } },
    signatory: { name: 'Avv. Lia', office: 'Avvocatura' },
  });
  const { requestId } = await post(`/${holdId}/release-requests`, { reason: 'dispute ended' });
  return { holdId, noticeId: required(noticeId, 'notice'), requestId: required(requestId, 'request') };
};

const rightsRequest = async ({ world }: Api) => {
  const caseId = await openCase(world, { identifiers: person, now });
  await searchAndReport(world, { caseId, now });
  const letterId = required((await stateOf(world, caseId)).letters[0]?.letterId, 'letter');
  const db = world.superuser();
  await db
    .insertInto('request_letter')
    .values({
      id: letterId,
      case_id: caseId,
      kind: 'receipt',
      language: 'it',
      composed_at: new Date(now),
      sealed_content: world.sealing.seal(Buffer.from('{}'), letterId),
      content_digest: world.sealing.contentDigest('{}'),
    })
    .execute();
  const { linkId } = await db.transaction().execute((tx) =>
    makeLink(tx, world.sealing, {
      caseId,
      controller: inps,
      letterId,
      expiresAt: instantPlus(now, days(1)),
      withCode: true,
      actor: { id: 'owner-dpo', role: 'dpo' },
      now,
    }),
  );
  const file = Buffer.from('%PDF');
  const { attachmentId } = await addAttachment(
    { db: world.database('api'), store: world.store('api'), sealing: world.sealing },
    {
      caseId,
      controller: inps,
      recordClass: recordClassId(policyOf(world, inps).rightsRequests.caseFileClass),
      name: 'documento.pdf',
      mediaType: 'application/pdf',
      size: file.length,
      sha256: createHash('sha256').update(file).digest(),
      body: Readable.from([file]),
      actor: { id: 'owner-dpo', role: 'dpo' },
      now,
    },
  );
  const [noticeId, notificationId] = [randomUUID(), randomUUID()];
  const notice = { case_id: caseId, controller: inps, ordered_at: new Date(now) };
  await db
    .insertInto('recipient_notice')
    .values({ ...notice, id: noticeId, right_key: 'access', what: 'erased', done_at: new Date(now) })
    .execute();
  await db
    .insertInto('recipient_notification')
    .values({
      ...notice,
      id: notificationId,
      notice_id: noticeId,
      recipient: 'somebody',
      record_classes: [recordClassId('chat')],
      means: 'by-hand',
      state: 'by-hand',
      staff_since: new Date(now),
    })
    .execute();
  return { caseId, letterId, linkId, attachmentId, notificationId };
};

const redating = async ({ world }: Api): Promise<string> => {
  const redatingId = randomUUID();
  await world
    .superuser()
    .insertInto('redating')
    .values({
      id: redatingId,
      controller: inps,
      policy_version: policyOf(world, inps).version,
      state: 'waiting',
      shown: JSON.stringify({ classes: [], classesWithoutRule: [] }),
      shown_digest: 'a'.repeat(64),
      reason: 'decision 1/2026',
      requested_by: 'owner-dpo',
      requested_at: new Date(now),
    })
    .execute();
  return redatingId;
};

/** Makes them for INPS; answers with the values of the names in paths. */
export const ownedByInps = async (api: Api) => {
  const { record, certificate } = await records(api);
  const ids = {
    ...(await rightsRequest(api)),
    ...(await hold(api, record.recordId)),
    redatingId: await redating(api),
    recordId: record.recordId,
    unit: record.unit.id,
    certificate,
  };
  return { ids, sourceId: record.sourceId, objectName: record.objects[0]?.name ?? '' };
};
