// A dispute: a hold lands on a recording two days before its six months end. The recording outlives its bound, the hold is reviewed, and after
// two people released it the recording is erased. (INPS notice: "without prejudice to legal duties to keep recordings".)

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { days, hours } from '../domain/time/duration.ts';
import { type Instant, instantPlus } from '../domain/time/instant.ts';
import { holdStatusQuery } from '../workflows/hold/contract.ts';
import type { Caller } from './api-calls.ts';
import { awaitErased, eventually, moveWorkflow, workflowIdOf } from './erasures.ts';
import { handIn } from './hand-in.ts';
import { lawyerOf, type Registered, type Stage } from './stage.ts';
import { chanceFrom } from './synthetic-random.ts';
import type { SyntheticRecord } from './synthetic-records.ts';
import { recordCall } from './synthetic-sound.ts';
import { dayOf } from './words.ts';

const controller = 'inps';
const callAfterDays = 40;

const previewSchema = z.object({ classes: z.array(z.object({ recordClass: z.string(), records: z.number() })) });
const placementSchema = z.object({ suspensionId: z.string() });
const holdSchema = z.object({ workflow: z.object({ id: z.string() }) });
const askedSchema = z.object({ requestId: z.string() });
const outcomeSchema = z.object({ outcome: z.string() });
const problemSchema = z.object({ code: z.string() });

/** The hold of the dispute, once it is placed. */
type Dispute = { readonly recording: Registered; readonly holdId: string; readonly workflowId: string };

const disputedCall = ({ people, run, startAt }: Stage): SyntheticRecord => {
  const chance = chanceFrom('dispute');
  const person = chance.pick(people);
  const triggerAt = instantPlus(startAt, days(callAfterDays));
  return {
    controller,
    recordClass: 'call-recording',
    sourceId: `call-${run}-disputed`,
    handedInAt: instantPlus(triggerAt, hours(1)),
    triggerAt,
    identifiers: [
      { kind: 'codice-fiscale', value: person.codiceFiscale },
      { kind: 'phone', value: person.phone },
    ],
    fields: {
      purpose: 'claim-processing',
      toldAt: triggerAt,
      announcementVersion: '2026-03',
      claimNumber: `INPS.${chance.whole(1000, 9999)}.${chance.whole(100000, 999999)}`,
    },
    objects: [{ name: 'recording.wav', mediaType: 'audio/wav', bytes: recordCall(chance, 5) }],
  };
};

const command = (stage: Stage, path: string, caller: Caller, at: Instant, body: unknown) => ({
  method: 'POST' as const,
  path: `/controllers/${controller}/${path}`,
  caller,
  at,
  body,
  headers: { 'idempotency-key': `demo-${stage.run}-${randomUUID()}` },
});

const noteHold = (
  stage: Stage,
  { recording, holdId, workflowId }: Dispute,
  at: Instant,
  what: string,
  why: string,
): void => {
  stage.timeline.note({
    at,
    controller,
    recordClass: recording.record.recordClass,
    what,
    why,
    ids: {
      holdId,
      workflowId,
      recordId: recording.recordId,
      unitId: recording.unitId,
    },
  });
};

const statusOf = ({ temporal }: Stage, { workflowId }: Dispute) =>
  temporal.workflow.getHandle(workflowId).query(holdStatusQuery);

const place = async (stage: Stage, recording: Registered, at: Instant): Promise<Dispute> => {
  const lawyer = lawyerOf(controller, 1);
  const { recordClass, sourceId } = recording.record;
  const scope = [{ record: { recordClass, sourceId } }];
  const preview = await stage.api.expect(previewSchema, command(stage, 'hold-previews', lawyer, at, { scope }));
  const { suspensionId } = await stage.api.expect(
    placementSchema,
    command(stage, 'holds', lawyer, at, {
      kind: 'litigation-hold',
      matterReference: `RG ${stage.run} Tribunale di Roma`,
      legalBasis: 'Art. 17(3)(e) GDPR; notice, call recording',
      reason: 'The claimant disputes what was said in the call',
      reviewOn: dayOf(instantPlus(recording.boundAt, days(30))),
      scope,
    }),
  );
  const path = `/controllers/${controller}/holds/${suspensionId}`;
  const { workflow } = await stage.api.expect(holdSchema, { method: 'GET', path, caller: lawyer, at });
  const dispute = { recording, holdId: suspensionId, workflowId: workflow.id };
  await eventually('the hold to be carried out', async () => {
    const status = await statusOf(stage, dispute).catch(() => undefined);
    return status?.state === 'in-force' ? status : undefined;
  });
  const covered = preview.classes.map(({ recordClass: name, records }) => `${records} ${name}`).join(', ');
  noteHold(stage, dispute, at, 'hold-placed', 'litigation: the claimant disputes what was said in the call');
  stage.tell(at, `INPS dispute: legal places a hold two days before the bound; it covers ${covered}`);
  stage.tell(at, `  ${stage.linkTo(workflow.id)}`);
  return dispute;
};

const review = async (stage: Stage, dispute: Dispute, at: Instant): Promise<void> => {
  await moveWorkflow(stage, dispute.workflowId, at);
  await eventually('the reminder that the review is due', async () =>
    (await statusOf(stage, dispute)).state === 'review-due' ? true : undefined,
  );
  noteHold(stage, dispute, at, 'hold-review-due', 'its review date has come: its workflow reminds of it');
  const nextReviewOn = dayOf(instantPlus(at, days(180)));
  const reason = 'The proceedings are pending, the recording is evidence';
  await stage.api.expect(
    outcomeSchema,
    command(stage, `holds/${dispute.holdId}/reviews`, lawyerOf(controller, 1), at, { reason, nextReviewOn }),
  );
  noteHold(stage, dispute, at, 'hold-reviewed', 'still needed: the proceedings are pending');
  stage.tell(
    at,
    `INPS dispute: the hold is reviewed and still needed; the recording is there, past its bound of ${dayOf(dispute.recording.boundAt)}`,
  );
};

const release = async (stage: Stage, dispute: Dispute, at: Instant): Promise<void> => {
  const { holdId, recording } = dispute;
  const [first, second] = [lawyerOf(controller, 1), lawyerOf(controller, 2)];
  // The unit waits without a timer; its own clock must not lag behind the day of its release.
  await moveWorkflow(stage, workflowIdOf(recording), at);
  const { requestId } = await stage.api.expect(
    askedSchema,
    command(stage, `holds/${holdId}/release-requests`, first, at, { reason: 'The case was settled' }),
  );
  noteHold(stage, dispute, at, 'hold-release-asked', 'the case was settled');
  const path = `holds/${holdId}/release-requests/${requestId}/decision`;
  const decision = { decision: 'confirm', reason: 'The settlement is on file' };
  const alone = await stage.api.ask(command(stage, path, first, at, decision));
  const { code } = problemSchema.parse(alone.body);
  noteHold(stage, dispute, at, 'hold-release-refused', `who asked cannot confirm (${alone.status} ${code})`);
  await stage.api.expect(outcomeSchema, command(stage, path, second, at, decision));
  noteHold(stage, dispute, at, 'hold-released', 'a second person of the legal team confirmed');
  await awaitErased(stage, recording, at);
  stage.tell(
    at,
    `INPS dispute: asked by one (alone refused: ${code}), confirmed by another; the recording is erased right after`,
  );
};

/** Puts the dispute on the agenda; each step plans the next. */
export const planDispute = (stage: Stage): void => {
  const plan = (at: Instant, keep: () => Promise<void>): void => stage.agenda.add({ at, kind: 'dispute', keep });
  const call = disputedCall(stage);
  plan(call.handedInAt, async () => {
    const recording = await handIn(stage, call);
    const { boundAt } = recording;
    const placedAt = instantPlus(boundAt, -days(2));
    plan(placedAt, async () => {
      const dispute = await place(stage, recording, placedAt);
      const reviewedAt = instantPlus(boundAt, days(31));
      plan(reviewedAt, () => review(stage, dispute, reviewedAt));
      const releasedAt = instantPlus(boundAt, days(75));
      plan(releasedAt, () => release(stage, dispute, releasedAt));
    });
  });
};
