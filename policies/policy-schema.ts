/**
 * The form a policy file must have. Strict: an unknown field is a mistake, since a rule that is misspelt is a rule that does
 * not apply. What must agree across fields is in `policy-checks.ts`.
 */
import { z } from 'zod';
import { controllerId, recordClassId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { Result } from '../domain/result.ts';
import { isTimeZone } from '../domain/time/calendar.ts';
import { parseLocalDate } from '../domain/time/local-date.ts';
import { parsePeriod, shortestDays, wholeDays } from '../domain/time/period.ts';

const text = z.string().trim().min(1, 'must not be empty');
const bilingual = z.strictObject({ it: text, en: text });
const name = z
  .string()
  .max(64, 'must have at most 64 characters')
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be words of lower-case letters and digits joined by hyphens');
const fieldName = z.string().regex(/^[a-z][a-zA-Z0-9]{0,63}$/, 'must be a field name such as claimNumber');
const email = z.email('must be an e-mail address');

/** A text that one of the domain's own readers must accept; its reason is the message. */
const readBy = (read: (value: string) => Result<unknown>) =>
  z.string().superRefine((value, context) => {
    const result = read(value);
    if (!result.ok) context.addIssue({ code: 'custom', message: result.reason });
  });
const date = readBy(parseLocalDate);
const duration = readBy(parsePeriod);
const monthDay = z.string().superRefine((value, context) => {
  // 2024 is a leap year, so that 02-29 is a day.
  if (!parseLocalDate(`2024-${value}`).ok) context.addIssue({ code: 'custom', message: 'must be a day written MM-DD' });
});

const notice = z.strictObject({ notice: text, section: text });
const office = z.strictObject({ name: text, address: text, email: email.exactOptional(), pec: email.exactOptional() });

const recipient = z.strictObject({
  id: name,
  name: text,
  role: z.enum(['processor', 'controller', 'authority']),
  purpose: bilingual,
  notify: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('email'), address: email }),
      z.strictObject({
        kind: z.literal('webhook'),
        url: z.url({ protocol: /^https$/, error: 'must be an https address' }),
      }),
    ])
    .exactOptional(),
});

const atMostRule = z
  .strictObject({ kind: z.literal('at-most'), period: duration, lead: duration.default('P1D') })
  .superRefine((rule, context) => {
    const [whole, lead] = [parsePeriod(rule.period), parsePeriod(rule.lead)];
    if (!whole.ok || !lead.ok) return; // said already, by the field itself
    const leadDays = wholeDays(lead.value);
    if (leadDays === undefined) {
      context.addIssue({ code: 'custom', path: ['lead'], message: 'must be a number of days or weeks, such as P1D' });
    } else if (leadDays >= shortestDays(whole.value)) {
      context.addIssue({ code: 'custom', path: ['lead'], message: `must be shorter than the period ${rule.period}` });
    }
  });
const rule = z.discriminatedUnion('kind', [
  atMostRule,
  z.strictObject({ kind: z.literal('end-of-day-after'), days: z.int().min(0).max(3660) }),
]);

const legalBasis = z.strictObject({
  article: z.enum(['6.1.a', '6.1.b', '6.1.c', '6.1.d', '6.1.e', '6.1.f']),
  source: text,
  note: text.exactOptional(),
});
const archivalBasis = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not-archival'), reason: text, note: text.exactOptional() }),
  z.strictObject({ kind: z.literal('selection-plan'), plan: text, note: text.exactOptional() }),
  z.strictObject({ kind: z.literal('authorisation'), number: text, date, note: text.exactOptional() }),
]);

const condition = z.strictObject({ field: fieldName, equals: text });
const field = z
  .strictObject({
    name: fieldName,
    kind: z.enum(['text', 'code', 'instant', 'local-date', 'boolean', 'number']),
    required: z.boolean(),
    requiredWhen: condition.exactOptional(),
    values: z.array(name).min(1, 'must list at least one value').exactOptional(),
    holdScope: z.boolean(),
    description: bilingual,
  })
  .superRefine((value, context) => {
    if ((value.kind === 'code') !== (value.values !== undefined)) {
      const message =
        value.kind === 'code' ? 'is missing: a code has a closed list' : 'belongs to a field of kind code only';
      context.addIssue({ code: 'custom', path: ['values'], message });
    }
  });

const dayCount = z
  .int('must be a whole number of days')
  .min(1, 'must be 1 day or more')
  .max(3650, 'must be 3650 days or fewer');

/** One record class. */
export const recordClassSchema = z.strictObject({
  id: name.transform((value) => recordClassId(value)),
  // No default: a policy that does not name it has the digest it always had.
  origin: z.enum(['source', 'oblio']).exactOptional(),
  title: bilingual,
  description: bilingual,
  notice,
  purposes: z.array(bilingual).min(1, 'must name at least one purpose (Art. 5(1)(b))'),
  legalBasis,
  legalBasisByField: z.strictObject({ field: fieldName, bases: z.record(name, legalBasis) }).exactOptional(),
  dataCategories: z.array(bilingual).min(1, 'must name at least one category'),
  recipients: z.array(name),
  source: bilingual,
  rule,
  periodSetBy: z.enum(['notice', 'controller']),
  periodSource: text.exactOptional(),
  keptLongerFor: z
    .array(z.strictObject({ suspension: z.enum(['litigation-hold', 'legal-obligation']), text: bilingual }))
    .exactOptional(),
  trigger: z.strictObject({
    event: name,
    byField: z.strictObject({ field: fieldName, events: z.record(name, name) }).exactOptional(),
    timeFields: z.record(name, fieldName).exactOptional(),
    knownAhead: z.array(name).exactOptional(),
  }),
  unitSize: z.enum(['record', 'day']),
  content: z.enum(['sealed-text', 'objects', 'both']),
  fields: z.array(field),
  evidence: z.array(
    z.strictObject({
      field: fieldName,
      when: condition.exactOptional(),
      notAfter: z.array(fieldName).min(1, 'must name a field, or trigger').exactOptional(),
      reason: text,
    }),
  ),
  archivalBasis,
  backupPeriod: duration,
  access: z.enum(['service-need', 'reasoned-request']),
  disclosure: bilingual.exactOptional(),
  transcriptToSubject: z.boolean(),
});

/** A whole policy; what it reads has the domain's type. */
export const policySchema = z.strictObject({
  controller: name.transform((value) => controllerId(value)),
  version: z
    .int({ error: ({ input }) => (input === undefined ? undefined : 'must be a whole number') })
    .positive('must be 1 or more'),
  validFrom: date,
  name: text,
  office,
  department: office.exactOptional(),
  dpo: office,
  channels: z
    .array(z.strictObject({ kind: z.enum(['pec', 'email', 'post', 'counter', 'portal', 'phone']), address: text }))
    .min(1, 'must name at least one way to send a request (Art. 12(2))'),
  notARequest: z.enum(['no-reply', 'short-note']),
  timeZone: z.string().refine(isTimeZone, 'is no time zone; give an IANA name such as Europe/Rome'),
  seat: z.strictObject({
    country: z.literal('IT'),
    municipality: text,
    court: text,
    localHolidays: z.array(z.strictObject({ monthDay, name: text, legal: z.boolean(), source: text })).exactOptional(),
  }),
  noticeTitle: text,
  noticePublished: date.exactOptional(),
  noticeDate: date,
  recipients: z.array(recipient),
  transfers: z.array(bilingual),
  transfersNote: text.exactOptional(),
  recordClasses: z.array(recordClassSchema).min(1, 'must hold at least one record class'),
  rightsRequests: z.strictObject({
    caseFileClass: name.transform((value) => recordClassId(value)),
    packageClass: name.transform((value) => recordClassId(value)),
    periods: z
      .strictObject({
        unansweredDays: dayCount.exactOptional(),
        liftingNoticeDays: dayCount.exactOptional(),
        restrictionReviewDays: dayCount.exactOptional(),
        pendingReviewDays: dayCount.exactOptional(),
      })
      .exactOptional(),
  }),
  holds: z.strictObject({ fileClass: name.transform((value) => recordClassId(value)) }),
  notRecords: z.array(z.strictObject({ id: name, reason: bilingual, notice })),
  optOuts: z.array(z.strictObject({ id: name, title: bilingual, notice })),
  commitments: z.array(z.strictObject({ id: name, text: bilingual, notice })).exactOptional(),
}) satisfies z.ZodType<Policy>;
