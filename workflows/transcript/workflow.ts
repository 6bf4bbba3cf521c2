/**
 * One durable workflow per transcript (INPS notice, chat: "the transcript is sent when the chat ends"). It only waits and tries
 * again: that the mail is sent once, and what happened to it, is kept in Postgres by the activity (I9). It shares nothing with the
 * chat's retention, so a failed mailbox blocks nothing.
 */

import { proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import { days, hours, minutes } from '../../domain/time/duration.ts';
import { instantFromEpoch } from '../../domain/time/instant.ts';
import type { TranscriptActivities, TranscriptInput, TranscriptResult } from './contract.ts';
import { sendingOnce } from './profiles.ts';

const { sendTranscript, giveUpTranscript } = proxyActivities<TranscriptActivities>(sendingOnce);

const firstPauseMs = minutes(5);
const longestPauseMs = hours(6);
/** Longer than any mail server's own queue would try. */
const giveUpAfterMs = days(5);

/** Sends the transcript of one chat: tries for five days while the mail server cannot take it, then gives up and says so. */
export async function transcript({ recordId }: TranscriptInput): Promise<TranscriptResult> {
  const startedAt = Date.now();
  for (let attempts = 1; ; attempts += 1) {
    setCurrentDetails(`Sending the transcript of a chat, attempt ${attempts}.`);
    const now = instantFromEpoch(Date.now());
    const result = await sendTranscript({ recordId, now });
    if (result.kind === 'settled') return { outcome: result.outcome, attempts };
    if (Date.now() - startedAt >= giveUpAfterMs) {
      await giveUpTranscript({ recordId, now: instantFromEpoch(Date.now()) });
      return { outcome: 'given-up', attempts };
    }
    const pauseMs = Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs);
    setCurrentDetails(
      result.because === 'restricted'
        ? `Processing of the chat is restricted (Art. 18), so its transcript waits (attempt ${attempts}). Tries again after a pause.`
        : `The mail server could not take the transcript (attempt ${attempts}). Tries again after a pause.`,
    );
    await sleep(pauseMs, { summary: `pause after attempt ${attempts}` });
  }
}
