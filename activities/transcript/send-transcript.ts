/**
 * Sends the transcript of a chat to the address its user gave (INPS notice, chat), once (I9). The text is opened from the sealed
 * record here and nowhere else on its way, and leaves this function only towards the mail server.
 */

import type { RecordId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { ordinary } from '../../domain/policy/reading-purpose.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { transcriptMailText } from '../../letters/texts/mails.ts';
import type { Database } from '../../storage/database/database.ts';
import { readContent } from '../../storage/reading/read-content.ts';
import type { RecordContent } from '../../storage/records/record-content.ts';
import {
  beginTranscriptAttempt,
  findTranscriptController,
  postponeTranscript,
  settleTranscript,
  type TranscriptOutcome,
} from '../../storage/records/transcript-deliveries.ts';
import type { Sealing } from '../../storage/sealing/sealing.ts';
import type { SendTranscriptInput, SendTranscriptResult } from '../../workflows/transcript/contract.ts';
import { deliverMail, type Mail, type MailServer } from '../mail/deliver-mail.ts';

/** What sending a transcript stands on. */
export type SendTranscriptDeps = {
  readonly db: Database;
  readonly sealing: Sealing;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly mail: MailServer;
};

/** The same for every attempt, so that a mailbox that got it twice shows it once; made of the record's random id. */
export const transcriptMessageId = (recordId: RecordId): string => `<transcript.${recordId}@oblio>`;

const transcriptMail = (
  { controllerName, timeZone }: { readonly controllerName: string; readonly timeZone: string },
  { recordId, content, to }: { readonly recordId: RecordId; readonly content: RecordContent; readonly to: string },
): Mail => ({
  to,
  ...transcriptMailText(controllerName, localDateAt(content.triggerAt, timeZone), content.text ?? ''),
  messageId: transcriptMessageId(recordId),
  date: new Date(content.triggerAt),
});

/**
 * One attempt. If the worker dies between the mark and the outcome, the next attempt finds the mark and settles on "unknown": a
 * transcript that perhaps did not arrive is a smaller harm than the same words sent twice to a mailbox that may have changed hands.
 */
export const sendTranscript = async (
  { db, sealing, policies, mail }: SendTranscriptDeps,
  { recordId, now }: SendTranscriptInput,
): Promise<SendTranscriptResult> => {
  const settle = async (outcome: TranscriptOutcome): Promise<SendTranscriptResult> => {
    await settleTranscript(db, { recordId, outcome, now });
    return { kind: 'settled', outcome };
  };
  const controller = await findTranscriptController(db, recordId);
  if (controller === undefined) return { kind: 'settled', outcome: 'record-gone' };
  // Opened before the mark: what cannot be opened was never tried. Sending is no use that Art. 18(2) leaves, so a restricted chat
  // waits, and the workflow's patience ends it as it would end a dead mail server.
  const reading = { purpose: ordinary, by: { actor: 'oblio-worker', role: 'system' }, now } as const;
  const opened = await db
    .transaction()
    .execute((tx) => readContent({ tx, sealing }, { controller, recordId, reading }));
  if (opened.outcome === 'gone') return { kind: 'settled', outcome: 'record-gone' };
  if (opened.outcome === 'refused') return { kind: 'try-later', because: 'restricted' };
  const { content } = opened;
  const attempt = await beginTranscriptAttempt(db, recordId);
  switch (attempt.kind) {
    case 'record-gone':
      return { kind: 'settled', outcome: 'record-gone' };
    case 'settled':
      return { kind: 'settled', outcome: attempt.outcome };
    case 'interrupted':
      return settle('unknown');
    case 'begun': {
      const to = content.identifiers.find(({ kind }) => kind === 'email')?.value;
      if (to === undefined) return settle('given-up');
      const policy = policies.get(attempt.controller);
      const sender = { controllerName: policy?.name ?? attempt.controller, timeZone: policy?.timeZone ?? 'UTC' };
      const outcome = await deliverMail(mail, transcriptMail(sender, { recordId, content, to }));
      if (outcome !== 'not-now') return settle(outcome);
      await postponeTranscript(db, recordId);
      return { kind: 'try-later', because: 'mail-server' };
    }
  }
};

/** Ends the attempts: the mail server could not take it for days. */
export const giveUpTranscript = async (
  { db }: Pick<SendTranscriptDeps, 'db'>,
  { recordId, now }: { readonly recordId: RecordId; readonly now: Instant },
): Promise<void> => settleTranscript(db, { recordId, outcome: 'given-up', now });
