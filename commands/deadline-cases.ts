/** Reads the cases of `commands/deadline.ts`: JSON from outside, every fault named by case and field. */
import { z } from 'zod';
import type { RetentionRule } from '../domain/policy/policy.ts';
import type { ClockEvents } from '../domain/request/clock/clock.ts';
import { localDateAt, startOfDay } from '../domain/time/calendar.ts';
import { type Instant, parseInstant } from '../domain/time/instant.ts';
import { parseLocalDate } from '../domain/time/local-date.ts';
import { parsePeriod } from '../domain/time/period.ts';

/** A case to compute: the answer to a request with its pauses and extension (Art. 12(3)), or the bound of a record (Art. 5(1)(e)). */
export type DeadlineCase = { readonly id: string; readonly controller: string; readonly receivedAt: Instant } & (
  | {
      readonly kind: 'answer' | 'extended';
      readonly pauses: ClockEvents['pauses'];
      readonly extension?: ClockEvents['extension'];
    }
  | { readonly kind: 'retention'; readonly recordClass: string | undefined; readonly rule: RetentionRule | undefined }
);

/** Thrown for input that cannot be answered; one line for each fault. */
export class InvalidCases extends Error {
  override readonly name = 'InvalidCases';
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

const instantText = z.string().transform((text, context): Instant => {
  const result = parseInstant(text);
  if (result.ok) return result.value;
  context.addIssue({ code: 'custom', message: result.reason });
  return z.NEVER;
});

const retentionRule = z.string().transform((text, context): RetentionRule => {
  if (text === 'third-day-after') return { kind: 'end-of-day-after', days: 3 };
  const result = parsePeriod(text);
  if (result.ok) return { kind: 'at-most', period: text, lead: 'P1D' };
  context.addIssue({ code: 'custom', message: 'must be third-day-after or a period such as P5Y or P6M' });
  return z.NEVER;
});

const common = { id: z.string().min(1, 'must not be empty'), controller: z.string(), receivedAt: instantText };

/** A question or an answer may be known by its day alone: then the start of that day in the controller's zone. */
const clockSchema = (timeZone: string) => {
  const moment = z.string().transform((text, context): Instant => {
    const day = parseLocalDate(text);
    if (day.ok) return startOfDay(day.value, timeZone);
    const result = parseInstant(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: `${result.reason}, or as a day YYYY-MM-DD` });
    return z.NEVER;
  });
  const pauses = z
    .array(z.object({ from: moment, to: moment.nullable() }))
    .nullish()
    .transform((list) => (list ?? []).map(({ from, to }) => ({ from, ...(to === null ? {} : { to }) })));
  return { moment, pauses };
};

const retentionSchema = z
  .object({ ...common, kind: z.literal('retention'), recordClass: z.string().nullish(), rule: retentionRule.nullish() })
  .superRefine(({ recordClass, rule }, context) => {
    if (recordClass == null && rule == null) {
      context.addIssue({
        code: 'custom',
        path: ['rule'],
        message: 'is missing, and so is recordClass: one of them is needed',
      });
    }
  })
  .transform(
    ({ recordClass, rule, ...rest }): DeadlineCase => ({
      ...rest,
      recordClass: recordClass ?? undefined,
      rule: rule ?? undefined,
    }),
  );

const schemasOfZone = (timeZone: string) => {
  const { moment, pauses } = clockSchema(timeZone);
  return {
    retention: retentionSchema,
    answer: z.object({ ...common, kind: z.literal('answer'), pauses }),
    extended: z
      .object({
        ...common,
        kind: z.literal('extended'),
        pauses,
        extendedAt: moment,
        extendedBy: z.enum(['P1M', 'P2M']),
      })
      .transform(
        ({ extendedAt, extendedBy, ...rest }): DeadlineCase => ({
          ...rest,
          extension: { toldAt: extendedAt, months: extendedBy === 'P1M' ? 1 : 2 },
        }),
      ),
  };
};
type Schemas = ReturnType<typeof schemasOfZone>;

/** Order of the days: nothing is asked, answered or extended before the request came. */
const orderFaults = (given: DeadlineCase, timeZone: string): readonly string[] => {
  if (given.kind === 'retention') return [];
  const { receivedAt, pauses, extension } = given;
  const isBefore = (one: Instant, other: Instant): boolean => localDateAt(one, timeZone) < localDateAt(other, timeZone);
  return [
    ...pauses.flatMap(({ from, to }, index) => [
      ...(isBefore(from, receivedAt) ? [`pauses[${index}].from: is a day before receivedAt`] : []),
      ...(to !== undefined && isBefore(to, from) ? [`pauses[${index}].to: is a day before from`] : []),
    ]),
    ...(extension && isBefore(extension.toldAt, receivedAt) ? ['extendedAt: is a day before receivedAt'] : []),
  ];
};

const fieldsOf: Readonly<Record<DeadlineCase['kind'], readonly string[]>> = {
  answer: ['pauses'],
  extended: ['pauses', 'extendedAt', 'extendedBy'],
  retention: ['recordClass', 'rule'],
};
const fallbackTimeZone = 'UTC';

type TimeZoneOf = (controller: string) => string | undefined;
type SchemasOf = (timeZone: string) => Schemas;
type Read = { readonly faults: readonly string[]; readonly ignored: readonly string[]; readonly value?: DeadlineCase };

const entrySchema = z.looseObject({
  id: common.id,
  kind: z.enum(['answer', 'extended', 'retention']),
  controller: z.string(),
});

const missing = (issue: z.core.$ZodRawIssue): string | undefined =>
  issue.code === 'invalid_type' || issue.code === 'invalid_value'
    ? issue.input === undefined
      ? 'is missing'
      : `must be ${issue.code === 'invalid_type' ? `of type ${issue.expected}` : issue.values.map(String).join(', ')}`
    : undefined;

const issueLines = (where: string, { issues }: z.ZodError): readonly string[] =>
  issues.map(({ path, message }) => {
    const field = path.reduce<string>(
      (so, key) => (typeof key === 'number' ? `${so}[${key}]` : so === '' ? String(key) : `${so}.${String(key)}`),
      '',
    );
    return `${where}${field === '' ? '' : `, ${field}`}: ${message}`;
  });

const readCase = (entry: unknown, index: number, timeZoneOf: TimeZoneOf, schemasOf: SchemasOf): Read => {
  const basics = entrySchema.safeParse(entry, { error: missing });
  if (!basics.success) return { faults: issueLines(`case ${index + 1}`, basics.error), ignored: [] };
  const { id, kind, controller } = basics.data;
  const where = `case "${id}"`;
  const timeZone = timeZoneOf(controller) ?? fallbackTimeZone;
  const parsed = schemasOf(timeZone)[kind].safeParse(entry, { error: missing });
  if (!parsed.success) return { faults: issueLines(where, parsed.error), ignored: [] };
  const used = new Set(['id', 'kind', 'controller', 'receivedAt', ...fieldsOf[kind]]);
  const ignored = Object.entries(basics.data)
    .filter(([field, value]) => !used.has(field) && value != null && !(Array.isArray(value) && value.length === 0))
    .map(([field]) => `${where}, ${field}: ignored, it is no field of kind ${kind}`);
  return {
    faults: orderFaults(parsed.data, timeZone).map((fault) => `${where}, ${fault}`),
    ignored,
    value: parsed.data,
  };
};

/**
 * The cases of a JSON text, and lines on fields that a case's kind does not use. Throws `InvalidCases` with every fault at once.
 * `timeZoneOf` gives a controller's zone, in which days without a time are read.
 */
export const parseDeadlineCases = (
  source: string,
  timeZoneOf: TimeZoneOf,
): { readonly cases: readonly DeadlineCase[]; readonly ignored: readonly string[] } => {
  let entries: unknown;
  try {
    entries = JSON.parse(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidCases([`the file is no JSON: ${error.message}`]);
  }
  if (!Array.isArray(entries)) throw new InvalidCases(['the file must hold an array of cases']);
  // A schema is compiled when it is first used, which costs more than a case: one for each zone, not one for each case.
  const schemas = new Map<string, Schemas>();
  const schemasOf: SchemasOf = (timeZone) => {
    const known = schemas.get(timeZone) ?? schemasOfZone(timeZone);
    schemas.set(timeZone, known);
    return known;
  };
  const read = entries.map((entry: unknown, index) => readCase(entry, index, timeZoneOf, schemasOf));
  const cases = read.flatMap(({ value }) => value ?? []);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { id } of cases) (seen.has(id) ? repeated : seen).add(id);
  const faults = [
    ...read.flatMap((result) => result.faults),
    ...[...repeated].map((id) => `case "${id}", id: is there twice`),
  ];
  if (faults.length > 0) throw new InvalidCases(faults);
  return { cases, ignored: read.flatMap((result) => result.ignored) };
};
