/** Records for tests, handed in the way the API hands them in: same preparation, same transaction, same bookkeeping of uploads. */
import { createHash } from 'node:crypto';
import {
  type ControllerId,
  controllerId,
  type RecordClassId,
  type RecordId,
  recordClassId,
  type UnitId,
} from '../../domain/ids.ts';
import type { Policy, RecordClassPolicy } from '../../domain/policy/policy.ts';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { beginUpload, finishUpload, type StoredObject } from '../../storage/objects/record-objects.ts';
import { prepareRecord } from '../../storage/records/prepare-record.ts';
import { registerRecords } from '../../storage/records/register-records.ts';
import type { JoinedUnit } from '../../storage/units/join-units.ts';
import { retentionWorkflowId } from '../../workflows/retention/contract.ts';
import type { World } from './world.ts';

export const inps: ControllerId = controllerId('inps');
export const milano: ControllerId = controllerId('comune-di-milano');
export const recordClasses = {
  portalInteraction: recordClassId('portal-interaction'),
  chat: recordClassId('chat'),
  sms: recordClassId('sms'),
  callRecording: recordClassId('call-recording'),
  booking: recordClassId('booking'),
  enquiry: recordClassId('enquiry'),
  surveyInvitation: recordClassId('survey-invitation'),
} as const;

/** The class of a loaded policy. */
export const classOf = (
  world: World,
  { controller, recordClass }: { readonly controller: ControllerId; readonly recordClass: RecordClassId },
): { readonly policy: Policy; readonly recordClassPolicy: RecordClassPolicy } => {
  const policy = world.policies.find((loaded) => loaded.policy.controller === controller)?.policy;
  const recordClassPolicy = policy?.recordClasses.find(({ id }) => id === recordClass);
  if (policy === undefined || recordClassPolicy === undefined) {
    throw new Error(`There is no class ${recordClass} of ${controller}`);
  }
  return { policy, recordClassPolicy };
};

export type TestRecord = {
  readonly recordId: RecordId;
  readonly sourceId: string;
  readonly unit: JoinedUnit;
  /** Id of its unit's workflow. */
  readonly workflowId: string;
  readonly objects: readonly StoredObject[];
};

export type HandInInput = {
  readonly controller?: ControllerId;
  readonly recordClass?: RecordClassId;
  readonly triggerAt: Instant;
  readonly now?: Instant;
  readonly count?: number;
  /** Of each record by its index; default: an identifier of its own. */
  readonly subjects?: (index: number) => readonly { readonly kind: string; readonly value: string }[];
  readonly attributes?: (index: number) => readonly { readonly name: string; readonly value: string }[];
  /** Contents of the objects of each record by its index; default: none. */
  readonly objects?: (index: number) => readonly Uint8Array[];
  readonly sourceId?: (index: number) => string;
  readonly text?: (index: number) => string;
  readonly fields?: (index: number) => Readonly<Record<string, string | number | boolean>>;
};

let handedIn = 0;

async function* inChunks(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length || from === 0; from += 65_536) yield content.subarray(from, from + 65_536);
}

/** Puts an object of a record into the store, as the API does. */
export const handInObject = async (
  world: World,
  input: {
    readonly controller: ControllerId;
    readonly recordClass: RecordClassId;
    readonly recordId: RecordId;
    readonly name: string;
    readonly content: Uint8Array;
    readonly now: Instant;
  },
): Promise<StoredObject> => {
  const { controller, recordId, name, content, now } = input;
  const mediaType = 'audio/wav';
  const facts = { mediaType, size: content.length, sha256: createHash('sha256').update(content).digest() };
  const begun = await beginUpload(world.database('api'), { ...input, facts });
  if (begun.outcome !== 'begun') throw new Error(`The upload was answered with ${begun.outcome}`);
  const { upload } = begun;
  const { versionId } = await world.store('api').put({ key: upload.key, body: inChunks(content), ...facts });
  const finished = await finishUpload(world.database('api'), {
    controller,
    recordId,
    name,
    upload,
    stored: { ...facts, versionId },
    now,
    audit: {
      at: now,
      actor: 'test',
      role: 'source',
      action: 'object-stored',
      controller,
      target: { kind: 'object', id: upload.objectId },
      why: 'handed-in',
    },
  });
  if (finished.outcome !== 'created') throw new Error(`The finished upload was answered with ${finished.outcome}`);
  return finished.object;
};

/** Hands in records of one class and trigger; answers them in order. */
export const handIn = async (world: World, input: HandInInput): Promise<readonly TestRecord[]> => {
  const {
    controller = inps,
    recordClass = recordClasses.portalInteraction,
    triggerAt,
    now = triggerAt,
    count = 1,
  } = input;
  const { policy, recordClassPolicy } = classOf(world, { controller, recordClass });
  const window = retentionWindow({ rule: recordClassPolicy.rule, triggerAt, timeZone: policy.timeZone });
  const sources = Array.from({ length: count }, (_, index) => {
    handedIn += 1;
    return input.sourceId?.(index) ?? `source-${handedIn}`;
  });
  const prepared = sources.map((sourceId, index) => {
    const subjects = input.subjects?.(index) ?? [{ kind: 'email', value: `${sourceId}@example.it` }];
    return prepareRecord(world.sealing, {
      controller,
      recordClass,
      sourceId,
      content: {
        triggerAt,
        identifiers: subjects,
        fields: input.fields?.(index) ?? {},
        text: input.text?.(index) ?? `text of ${sourceId}`,
      },
      subjects,
      attributes: input.attributes?.(index) ?? [],
      transcriptDue: recordClassPolicy.transcriptToSubject,
      policyVersion: policy.version,
      unitSize: recordClassPolicy.unitSize,
      window,
    });
  });
  const records: TestRecord[] = [];
  for (let from = 0; from < prepared.length; from += 1000) {
    const batch = prepared.slice(from, from + 1000);
    const registrations = await registerRecords(world.database('api'), {
      records: batch,
      now,
      audit: (registered) => ({
        at: now,
        actor: 'test',
        role: 'source',
        action: 'records-registered',
        controller,
        target: { kind: 'record-batch', id: batch[0]?.id ?? '' },
        why: 'handed-in',
        detail: { records: registered.length },
      }),
    });
    for (const [index, registration] of registrations.entries()) {
      if (registration.outcome !== 'registered') throw new Error(`A record was answered with ${registration.outcome}`);
      const { recordId, unit } = registration;
      const objects: StoredObject[] = [];
      for (const [number, content] of (input.objects?.(from + index) ?? []).entries()) {
        const name = `object-${number}`;
        objects.push(await handInObject(world, { controller, recordClass, recordId, name, content, now }));
      }
      const workflowId = retentionWorkflowId({ unitId: unit.id, controller, recordClass, readableId: true });
      records.push({ recordId, sourceId: sources[from + index] ?? '', unit, workflowId, objects });
    }
  }
  return records;
};

/** One record, as `handIn`. */
export const handInOne = async (world: World, input: HandInInput): Promise<TestRecord> => {
  const [record] = await handIn(world, { ...input, count: 1 });
  if (record === undefined) throw new Error('No record was handed in');
  return record;
};

/** The units that records are in, each once. */
export const unitsOf = (records: readonly TestRecord[]): readonly UnitId[] => [
  ...new Set(records.map(({ unit }) => unit.id)),
];
