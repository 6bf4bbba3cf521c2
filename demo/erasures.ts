// Moves the workflows of retention units to their due dates, in the order of those dates, and collects the proof of what each erased; waits
// for the transcripts of INPS's chats, each sent once when its chat is registered as ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { recordId as asRecordId, unitId as asUnitId, controllerId, recordClassId } from '../domain/ids.ts';
import { epochMs, type Instant, instant } from '../domain/time/instant.ts';
import { timeOf, travelTo } from '../stack/temporal/time-travel.ts';
import { type RetentionStatus, retentionStatusQuery, retentionWorkflowId } from '../workflows/retention/contract.ts';
import { type TranscriptResult, transcriptWorkflowId } from '../workflows/transcript/contract.ts';
import { dpoOf, type Registered, type Stage } from './stage.ts';
import { counted, ruleInWords } from './words.ts';

const resultOf = async ({ temporal }: Stage, workflowId: string): Promise<TranscriptResult | undefined> => {
  try {
    const result: TranscriptResult = await temporal.workflow.getHandle(workflowId).result();
    return result;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    if (error instanceof WorkflowFailedError) throw new Error(`${workflowId} failed: ${error.message}`);
    throw error;
  }
};

/** Waits for the transcripts of the chats of the first day. */
export const awaitTranscripts = async (stage: Stage): Promise<void> => {
  const due = [...stage.registered.values()].filter(
    ({ record }) => record.recordClass === 'chat' && record.identifiers.some(({ kind }) => kind === 'email'),
  );
  let sent = 0;
  for (const { record, recordId } of due) {
    const workflowId = transcriptWorkflowId(asRecordId(recordId));
    const { outcome } = await eventually(`the transcript of chat ${recordId}`, () => resultOf(stage, workflowId));
    if (outcome === 'sent') sent += 1;
    stage.timeline.note({
      at: record.handedInAt,
      controller: record.controller,
      recordClass: record.recordClass,
      what: `transcript-${outcome}`,
      why: 'the citizen left an e-mail address: the transcript is sent to it when the chat ends (INPS web services, Chat)',
      ids: { recordId, workflowId },
    });
  }
  stage.say(
    `  ${counted(due.length, 'chat')} came with an e-mail address: ${counted(sent, 'transcript')} sent, once each.`,
  );
};

/** What the demonstration reads in a certificate. */
const certificateSchema = z.object({
  certificateId: z.string(),
  unitId: z.string(),
  rule: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('at-most'), period: z.string(), lead: z.string() }),
    z.object({ kind: z.literal('end-of-day-after'), days: z.number() }),
  ]),
  triggerEvent: z.string(),
  notice: z.object({ notice: z.string(), section: z.string() }),
  basis: z.object({ kind: z.enum(['retention-period-ended', 'decision']) }),
  boundAt: z.string().transform((text): Instant => instant(text)),
  verifiedAt: z.string().transform((text): Instant => instant(text)),
  recordsGone: z.number(),
  stores: z.object({ objects: z.object({ gone: z.number(), versionsGone: z.number() }) }),
  suspended: z.object({ records: z.number(), longestDays: z.number() }),
});

/** What the story tells of a disposition certificate. */
export type ReadCertificate = z.output<typeof certificateSchema>;

const certificateAnswer = z.looseObject({ document: certificateSchema });
const fateSchema = z.object({ state: z.string(), certificateId: z.string().optional() });

const patienceMs = 120_000;

/** Waits until something is there, asking again at once, then less and less often. Throws after two minutes. */
export const eventually = async <Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> => {
  const giveUpAt = Date.now() + patienceMs;
  for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 1.5, 1_000)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`Waited two minutes for ${what}, in vain`);
    await sleep(pauseMs);
  }
};

const ifStarted = async <Value>(ask: () => Promise<Value>): Promise<Value | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || /not found/i.test(error instanceof Error ? error.message : '')) {
      return undefined;
    }
    throw error;
  }
};

/** Moves a workflow to a time of the story, as soon as it has been started. */
export const moveWorkflow = async ({ temporal }: Stage, workflowId: string, at: Instant): Promise<void> => {
  const input = { client: temporal, workflowId };
  await eventually(`the start of ${workflowId}`, () => ifStarted(() => timeOf(input)));
  await travelTo(input, at);
};

/** What the fate of a record says and the certificates behind it; each certificate is kept as a file. */
const proofOf = async (stage: Stage, { record }: Registered, at: Instant): Promise<ReadCertificate | undefined> => {
  const { controller, recordClass, sourceId } = record;
  const caller = dpoOf(controller);
  const path = `/controllers/${controller}/record-classes/${recordClass}/records/${sourceId}/fate`;
  const { state, certificateId } = await stage.api.expect(fateSchema, { method: 'GET', path, caller, at });
  if (state !== 'erased' || certificateId === undefined) return undefined;
  const certificatePath = `/certificates/${certificateId}`;
  const certificate = await stage.api.expect(certificateAnswer, { method: 'GET', path: certificatePath, caller, at });
  const { body } = await stage.api.ask({ method: 'GET', path: certificatePath, caller, at });
  stage.timeline.saveCertificate(certificateId, body);
  return certificate.document;
};

const settled = async (stage: Stage, workflowId: string): Promise<'erased' | RetentionStatus | undefined> => {
  const handle = stage.temporal.workflow.getHandle(workflowId);
  const { status } = await handle.describe();
  if (status.name === 'COMPLETED') return 'erased';
  if (status.name !== 'RUNNING') throw new Error(`${workflowId} ended as ${status.name}: ${stage.linkTo(workflowId)}`);
  const unit = await handle.query(retentionStatusQuery);
  return unit.state === 'kept' ? unit : undefined;
};

/** The event that a record's period ran from: where a class has several, the certificate names the field that decides. */
const eventOf = ({ record }: Registered, { triggerEvent }: ReadCertificate): string => {
  if (record.fields.appointmentAt !== undefined) return 'appointment';
  return record.fields.sentAt === undefined ? triggerEvent : 'sending';
};

/** Id of the workflow of a record's unit. */
export const workflowIdOf = ({ unitId, record: { controller, recordClass } }: Registered): string =>
  retentionWorkflowId({
    unitId: asUnitId(unitId),
    controller: controllerId(controller),
    recordClass: recordClassId(recordClass),
    readableId: true,
  });

const noteErased = async (stage: Stage, unitId: string, at: Instant): Promise<void> => {
  const ofUnit = [...stage.registered.values()].filter((registered) => registered.unitId === unitId);
  const proofs = new Map<string, { proof: ReadCertificate; recordIds: string[]; first: Registered }>();
  for (const registered of ofUnit) {
    const proof = await proofOf(stage, registered, at);
    if (proof === undefined) throw new Error(`Nothing proves that record ${registered.recordId} is gone`);
    const known = proofs.get(proof.certificateId) ?? { proof, recordIds: [], first: registered };
    known.recordIds.push(registered.recordId);
    proofs.set(proof.certificateId, known);
  }
  for (const { proof, recordIds, first } of proofs.values()) {
    // A right that was granted before its time is told by the chapter of its request.
    if (proof.basis.kind === 'decision') continue;
    const { notice, rule, certificateId, boundAt, suspended, stores } = proof;
    stage.timeline.note({
      at: proof.verifiedAt,
      controller: first.record.controller,
      recordClass: first.record.recordClass,
      what: 'erased',
      why: `${ruleInWords(rule, eventOf(first, proof))} (${notice.notice}: ${notice.section})`,
      ids: { unitId, certificateId, workflowId: workflowIdOf(first), recordIds },
      records: proof.recordsGone,
      detail: {
        boundAt,
        objectVersionsGone: stores.objects.versionsGone,
        ...(suspended.records === 0 ? {} : { keptBySuspensionsDays: suspended.longestDays }),
      },
    });
  }
};

/** Moves a unit to an instant at which it is due, and waits until it has erased itself or is kept back. */
const settleUnit = async (stage: Stage, registered: Registered, at: Instant): Promise<'erased' | 'kept'> => {
  const { unitId, record } = registered;
  const workflowId = workflowIdOf(registered);
  await moveWorkflow(stage, workflowId, at);
  const outcome = await eventually(`the erasure of unit ${unitId} (${stage.linkTo(workflowId)})`, () =>
    settled(stage, workflowId),
  );
  if (outcome === 'erased') {
    await noteErased(stage, unitId, at);
    return 'erased';
  }
  stage.timeline.note({
    at,
    controller: record.controller,
    recordClass: record.recordClass,
    what: 'kept',
    why: `its time was up, but a suspension keeps it (${outcome.keptBy.join(', ')})`,
    ids: { unitId, workflowId },
  });
  return 'kept';
};

/** Waits until a unit whose suspension has ended is proven gone. */
export const awaitErased = async (stage: Stage, registered: Registered, at: Instant): Promise<void> => {
  const { unitId } = registered;
  const handle = stage.temporal.workflow.getHandle(workflowIdOf(registered));
  await eventually(`the erasure of unit ${unitId} after its release`, async () => {
    const { status } = await handle.describe();
    return status.name === 'RUNNING' ? undefined : status.name;
  });
  await noteErased(stage, unitId, at);
};

/** Puts a unit on the agenda for its due date, once. */
export const awaitUnit = (stage: Stage, registered: Registered): void => {
  const { unitId, dueAt, record } = registered;
  if (stage.awaitedUnits.has(unitId)) return;
  stage.awaitedUnits.add(unitId);
  // What was due before it was handed in is erased at once.
  const at = epochMs(dueAt) < epochMs(record.handedInAt) ? record.handedInAt : dueAt;
  stage.agenda.add({
    at,
    kind: 'erasure',
    keep: async () => {
      await settleUnit(stage, registered, at);
    },
  });
};
