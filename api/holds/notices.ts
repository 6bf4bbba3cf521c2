/** The notices of a hold: list and file, and how each reached its custodian. For legal teams only. */
import { localDateAt } from '../../domain/time/calendar.ts';
import { parseLocalDate } from '../../domain/time/local-date.ts';
import {
  listNoticeDeliveries,
  listNotices,
  readNoticeFile,
  recordNoticeDelivery,
} from '../../storage/hold-notices/notices.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { binary, json } from '../http/answers.ts';
import { contentDigest } from '../http/bodies.ts';
import { type AddRoutes, type ApiContext, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { fileHeaders } from '../letters/letter-in-path.ts';
import { holdInPath, runCommand } from './hold-commands.ts';
import { commandHeaders, holdParameters } from './hold-schemas.ts';
import { madeOf } from './make-notice.ts';
import { deliveryBody, noticeListSchema, noticeParameters, recordedDeliverySchema } from './notice-schemas.ts';
import { auditRead } from './read.ts';

const noticeUnknown = () => refusal('notice-unknown', { detail: 'The hold has no notice of this id.' });

/** A day on which something can have arrived: one that has come at the seat. */
const readPastDay = (c: ApiContext, text: string) => {
  const parsed = parseLocalDate(text);
  if (!parsed.ok || parsed.value > localDateAt(c.get('now'), policyOf(c).timeZone)) {
    throw refusal('invalid-hold', {
      detail: 'The day of the delivery is not as described.',
      errors: [
        { field: 'deliveredOn', code: 'in-future', detail: parsed.ok ? 'must be today or before' : parsed.reason },
      ],
    });
  }
  return parsed.value;
};

/** Lists the notices of a hold, shows the PDF of one, and records its delivery. */
export const noticeRoutes: AddRoutes = (app, deps) => {
  const { database: db, sealing } = deps;
  addRoute(app, deps, 'listHoldNotices', {
    summary: 'The notices of a hold, and how each arrived',
    params: holdParameters,
    answers: { 200: json('All of them', noticeListSchema) },
    problems: ['hold-unknown'],
  })(async (c) => {
    const hold = await holdInPath(deps, c, c.req.valid('param').holdId);
    await auditRead(deps, c, 'suspension-notices-read', hold.id);
    const [notices, deliveries] = await Promise.all([
      listNotices(db, sealing, hold.id),
      listNoticeDeliveries(db, sealing, hold.id),
    ]);
    return c.json(
      {
        notices: notices.map((notice) => ({
          ...madeOf(notice),
          madeAt: notice.madeAt,
          madeBy: notice.madeBy,
          custodian: notice.content.addressee.name,
          channel: notice.content.addressee.delivery.kind,
          scopeRevision: notice.scopeRevision,
          current: notice.scopeRevision === hold.scopeRevision,
          deliveries: deliveries
            .filter(({ noticeId }) => noticeId === notice.noticeId)
            .map(({ noticeId: _of, ...delivery }) => delivery),
        })),
      },
      200,
    );
  });
  addRoute(app, deps, 'readHoldNotice', {
    summary: 'The PDF of a notice, as it was made',
    params: noticeParameters,
    answers: { 200: binary('Its bytes, the same each time', 'application/pdf') },
    problems: ['hold-unknown', 'notice-unknown'],
  })(async (c) => {
    const { holdId, noticeId } = c.req.valid('param');
    const hold = await holdInPath(deps, c, holdId);
    const file = await db.transaction().execute(async (tx) => {
      const found = await readNoticeFile(tx, sealing, { hold: hold.id, noticeId });
      if (found === undefined) throw noticeUnknown();
      await appendEntryOf(c, tx, {
        action: 'suspension-notices-read',
        controller: hold.controller,
        target: { kind: 'suspension', id: hold.id },
        why: 'file',
        detail: { noticeId },
      });
      return found;
    });
    return new Response(new Uint8Array(file.bytes), {
      status: 200,
      headers: {
        ...fileHeaders('application/pdf', 'notice.pdf'),
        'content-length': String(file.bytes.length),
        'content-digest': contentDigest(file.sha256),
      },
    });
  });
  addRoute(app, deps, 'recordHoldNoticeDelivery', {
    summary: 'Write down that a notice reached its custodian',
    params: noticeParameters,
    headers: commandHeaders,
    json: { name: 'HoldNoticeDelivery', schema: deliveryBody, code: 'invalid-hold' },
    answers: { 201: json('On file', recordedDeliverySchema) },
    problems: ['hold-unknown', 'notice-unknown', 'idempotency-key-reused'],
  })(async (c, readBody) => {
    const { holdId, noticeId } = c.req.valid('param');
    const hold = await holdInPath(deps, c, holdId);
    const body = await readBody();
    const deliveredOn = readPastDay(c, body.deliveredOn);
    const recorded = await runCommand(deps, c, {
      request: body,
      answer: recordedDeliverySchema,
      carryOut: async (tx) => {
        const { channel, proof } = body;
        const delivery = { noticeId, channel, deliveredOn, proof, hold, actor: actorOf(c), now: c.get('now') };
        const deliveryId = await recordNoticeDelivery(tx, sealing, delivery);
        if (deliveryId === undefined) throw noticeUnknown();
        return { deliveryId };
      },
    });
    return c.json(recorded, 201);
  });
};
