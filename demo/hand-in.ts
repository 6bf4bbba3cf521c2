// The source systems' part of the story: their archive on the first day through the bulk route, then record by record as life goes on.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Instant, instant } from '../domain/time/instant.ts';
import { awaitUnit } from './erasures.ts';
import { controllerName, operator, type Registered, type Stage, sourceOf } from './stage.ts';
import type { SyntheticRecord } from './synthetic-records.ts';
import { counted } from './words.ts';

const instantText = z.string().transform((text): Instant => instant(text));
const windowSchema = z.object({ dueAt: instantText });
const registeredSchema = z.object({
  recordId: z.string(),
  unitId: z.string(),
  boundAt: instantText,
  window: windowSchema,
});
const lineResultsSchema = z.array(
  z.object({
    status: z.number(),
    recordId: z.string().optional(),
    unitId: z.string().optional(),
    boundAt: instantText.optional(),
    detail: z.string().optional(),
  }),
);
const unitSchema = z.object({ window: windowSchema });

const recordPath = ({ controller, recordClass, sourceId }: SyntheticRecord): string =>
  `/controllers/${controller}/record-classes/${recordClass}/records/${sourceId}`;

const submissionOf = ({ triggerAt, identifiers, fields, text }: SyntheticRecord) => ({
  triggerAt,
  identifiers,
  fields,
  ...(text === undefined ? {} : { text }),
});

const note = (stage: Stage, registered: Registered): void => {
  const { record, recordId, unitId, dueAt, boundAt } = registered;
  stage.registered.set(recordId, registered);
  stage.timeline.note({
    at: record.handedInAt,
    controller: record.controller,
    recordClass: record.recordClass,
    what: 'registered',
    why: `handed in by ${sourceOf(record.controller, record.recordClass).actor}`,
    ids: { recordId, unitId, sourceId: record.sourceId },
    detail: { triggerAt: record.triggerAt, dueAt, boundAt },
  });
  awaitUnit(stage, registered);
};

const putObjects = async (stage: Stage, record: SyntheticRecord): Promise<void> => {
  for (const { name, mediaType, bytes } of record.objects) {
    const digest = createHash('sha256').update(bytes).digest('base64');
    await stage.api.expect(z.object({ sha256: z.string() }), {
      method: 'PUT',
      path: `${recordPath(record)}/objects/${name}`,
      caller: sourceOf(record.controller, record.recordClass),
      at: record.handedInAt,
      body: bytes,
      headers: { 'content-type': mediaType, 'content-digest': `sha-256=:${digest}:` },
    });
  }
};

/** Hands in one record with its objects; what it is part of is waited for from now on. */
export const handIn = async (stage: Stage, record: SyntheticRecord): Promise<Registered> => {
  const answer = await stage.api.expect(registeredSchema, {
    method: 'PUT',
    path: recordPath(record),
    caller: sourceOf(record.controller, record.recordClass),
    at: record.handedInAt,
    body: submissionOf(record),
  });
  await putObjects(stage, record);
  const { recordId, unitId, boundAt, window } = answer;
  const registered = { record, recordId, unitId, boundAt, dueAt: window.dueAt };
  note(stage, registered);
  return registered;
};

const dueDateOf = async (stage: Stage, known: Map<string, Instant>, unitId: string, at: Instant): Promise<Instant> => {
  const dueAt =
    known.get(unitId) ??
    (await stage.api.expect(unitSchema, { method: 'GET', path: `/units/${unitId}`, caller: operator, at })).window
      .dueAt;
  known.set(unitId, dueAt);
  return dueAt;
};

/** Hands in many records of one class in one stream. Throws if a line was refused. */
const handInMany = async (stage: Stage, records: readonly SyntheticRecord[]): Promise<void> => {
  const [first] = records;
  if (first === undefined) return;
  const lines = records.map((record) =>
    JSON.stringify({ recordClass: record.recordClass, sourceId: record.sourceId, ...submissionOf(record) }),
  );
  const results = await stage.api.expect(lineResultsSchema, {
    method: 'POST',
    path: `/controllers/${first.controller}/records`,
    caller: sourceOf(first.controller, first.recordClass),
    at: stage.startAt,
    body: `${lines.join('\n')}\n`,
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const dueDates = new Map<string, Instant>();
  for (const [index, record] of records.entries()) {
    const result = results[index];
    if (result?.recordId === undefined || result.unitId === undefined || result.boundAt === undefined) {
      throw new Error(`${record.recordClass} ${record.sourceId} was refused: ${JSON.stringify(result)}`);
    }
    const { recordId, unitId, boundAt } = result;
    const dueAt = await dueDateOf(stage, dueDates, unitId, stage.startAt);
    await putObjects(stage, record);
    note(stage, { record, recordId, unitId, boundAt, dueAt });
  }
};

const describe = (records: readonly SyntheticRecord[]): string => {
  const objects = records.flatMap((record) => record.objects);
  const bytes = objects.reduce((sum, object) => sum + object.bytes.length, 0);
  const sound =
    objects.length === 0 ? '' : `, ${counted(objects.length, 'recording')} (${Math.round(bytes / 1024)} KB)`;
  return `${counted(records.length, 'record')}${sound}`;
};

/** Tells what the systems hand in on the first day, and puts the rest on the agenda. */
export const handInStory = async (stage: Stage, records: readonly SyntheticRecord[]): Promise<void> => {
  const onTheFirstDay = records.filter(({ handedInAt }) => handedInAt === stage.startAt);
  const byClass = Map.groupBy(onTheFirstDay, ({ controller, recordClass }) => `${controller}/${recordClass}`);
  for (const ofClass of byClass.values()) {
    const [first] = ofClass;
    if (first === undefined) continue;
    await handInMany(stage, ofClass);
    const name = controllerName(first.controller).padEnd(17);
    stage.say(`  ${name} ${first.recordClass.padEnd(19)} ${describe(ofClass)}`);
  }
  const later = records.filter(({ handedInAt }) => handedInAt !== stage.startAt);
  for (const record of later) {
    stage.agenda.add({
      at: record.handedInAt,
      kind: 'hand-in',
      keep: async () => {
        await handIn(stage, record);
      },
    });
  }
  stage.say(`  ${counted(later.length, 'more record')} will come in over the years.`);
};
