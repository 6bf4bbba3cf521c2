/** What the routes of a hold's notices take and answer, as the OpenAPI document shows it. */
import { z } from '@hono/zod-openapi';
import type { Addressee } from '../../domain/letter/letter-content.ts';
import { idParameter, idSchema, instantSchema, localDateSchema } from '../http/schemas.ts';
import { holdParameters, plainText } from './hold-schemas.ts';

/** `{controller}`, `{holdId}` and `{noticeId}` of a path. */
export const noticeParameters = holdParameters.extend({ noticeId: idParameter });

const line = z.string().trim().min(1).max(200);
const channels = ['pec', 'email', 'post', 'counter'] as const;

const delivery = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['pec', 'email']), address: z.email().max(320) }),
  z.strictObject({ kind: z.literal('post'), lines: z.array(line).min(1).max(6) }),
  z.strictObject({ kind: z.literal('counter') }),
]);

/** To whom a notice goes and who signs it. What it says of the hold comes from the hold; paragraphs may be added to it. */
export const newNoticeBody = z
  .strictObject({
    custodian: z.strictObject({
      office: line.openapi({ description: 'The office that keeps the records, as it is addressed' }),
      delivery,
    }),
    signatory: z.strictObject({ name: line, office: line }),
    language: z.enum(['it', 'en']).default('it'),
    reference: z.enum(['matter', 'hold-id']).default('matter').openapi({
      description:
        'What the notice calls the matter: its reference, or the id of the hold where the custodian need not know the matter',
    }),
    addedParagraphs: z.array(plainText(2000)).max(10).default([]),
  })
  .openapi('NewHoldNotice');

/** The body as read, with its defaults filled in. */
export type NewNotice = z.output<typeof newNoticeBody>;

/** The custodian as a letter addresses it. */
export const addresseeOf = ({ office, delivery: way }: NewNotice['custodian']): Addressee => {
  if (way.kind !== 'post') return { name: office, delivery: way };
  const [first = '', ...rest] = way.lines;
  return { name: office, delivery: { kind: 'post', lines: [first, ...rest] } };
};

/** How and on which local date a notice reached the custodian, with what proves it. */
export const deliveryBody = z
  .strictObject({
    channel: z.enum(channels),
    deliveredOn: localDateSchema.regex(/^\d{4}-\d{2}-\d{2}$/),
    proof: line.openapi({ description: 'Message id, tracking number, who took it' }),
  })
  .openapi('HoldNoticeDelivery');

/** What making a notice answers; stored for the repetition of the call, so it names no person. */
export const madeNoticeSchema = z
  .object({
    noticeId: idSchema,
    kind: z.enum(['preservation-notice', 'release-notice']),
    protocol: z.object({ number: z.string(), date: localDateSchema }),
    size: z.int(),
    sha256: z.string().openapi({ description: 'Of the PDF; the protocol register has it too' }),
  })
  .openapi('MadeHoldNotice');

/** The id of a delivery on file; several may be recorded for one notice. */
export const recordedDeliverySchema = z.object({ deliveryId: idSchema });

/** All notices of a hold with their deliveries, so that it shows which custodian knows the hold as it stands. */
export const noticeListSchema = z
  .object({
    notices: z.array(
      z.object({
        ...madeNoticeSchema.shape,
        madeAt: instantSchema,
        madeBy: z.string(),
        custodian: z.string(),
        channel: z.enum(channels),
        scopeRevision: z.int(),
        current: z
          .boolean()
          .openapi({ description: 'Whether it describes the hold as it stands; if not, a new one is due' }),
        deliveries: z.array(
          z.object({
            deliveryId: idSchema,
            channel: z.enum(channels),
            deliveredOn: localDateSchema,
            proof: z.string(),
            recordedAt: instantSchema,
            recordedBy: z.string(),
          }),
        ),
      }),
    ),
  })
  .openapi('HoldNoticeList');
