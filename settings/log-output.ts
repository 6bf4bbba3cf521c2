/** Where API and worker write their logs: standard output, of which they must not die when it cannot be written to. */
import type { DestinationStream } from 'pino';

/**
 * Standard output for a log. On a full disk a write fails; without a listener that failure would end the process, and with it the
 * erasures and answers that still can be carried out. What has to be proven is in the audit trail, not in the log: a line that
 * cannot be written is lost, and those after it are written once there is room again. Not pino's own destination, which on a full
 * disk tries its last lines again for ever and so keeps the process from ending.
 */
export const standardOutput = (): DestinationStream => {
  process.stdout.on('error', () => {});
  return process.stdout;
};
