// A mail server that delivers nothing: it writes every message it receives into a folder, one .eml file each, for people and tests to read.

import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { messageOf, StackError } from '../process/stack-error.ts';

/** Recipients of these domains are refused, so that failing mailboxes can be shown: for good, or for now. */
const refusals: Readonly<Record<string, { code: number; message: string }>> = {
  'refused.example': { code: 550, message: 'No such mailbox here' },
  'unavailable.example': { code: 451, message: 'Mailbox not available at the moment' },
};

const largestMessageBytes = 30 * 1024 * 1024;

/** A running catcher: where to hand in mail, and where it lies afterwards. */
export type MailCatcher = { smtpUrl: string; folder: string; stop: () => Promise<void> };

function refusalFor(address: string): Error | undefined {
  const refusal = refusals[address.slice(address.lastIndexOf('@') + 1).toLowerCase()];
  return refusal ? Object.assign(new Error(refusal.message), { responseCode: refusal.code }) : undefined;
}

/** The envelope as header lines before the message, so that a file shows who really was to receive it. */
function envelopeHeaders(session: SMTPServerSession): string {
  const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
  const to = session.envelope.rcptTo.map((recipient) => recipient.address).join(', ');
  return `X-Envelope-From: ${from}\r\nX-Envelope-To: ${to}\r\n`;
}

/** Starts the mail catcher on 127.0.0.1. Each file is complete when it appears under its name. */
export async function startMailCatcher(options: { port: number; folder: string }): Promise<MailCatcher> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  let received = 0;
  const keep = async (content: Buffer, session: SMTPServerSession): Promise<string> => {
    received += 1;
    const name = `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${String(received).padStart(5, '0')}-${randomBytes(3).toString('hex')}.eml`;
    const draft = join(options.folder, `.${name}`);
    await writeFile(draft, Buffer.concat([Buffer.from(envelopeHeaders(session)), content]), { mode: 0o600 });
    await rename(draft, join(options.folder, name));
    return name;
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: largestMessageBytes,
    onRcptTo: (address, _session, callback) => callback(refusalFor(address.address)),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        if (!stream.sizeExceeded) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (stream.sizeExceeded) {
          callback(Object.assign(new Error('Message too large'), { responseCode: 552 }));
          return;
        }
        keep(Buffer.concat(chunks), session).then(
          (name) => callback(null, `Kept as ${name}`),
          (error) => callback(Object.assign(new Error(messageOf(error)), { responseCode: 452 })),
        );
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StackError(`The mail catcher could not start on port ${options.port}: ${messageOf(error)}`)),
    );
    server.listen(options.port, '127.0.0.1', resolve);
  });
  // A client that hangs up in the middle is its own affair.
  server.on('error', () => {});
  return {
    smtpUrl: `smtp://127.0.0.1:${options.port}`,
    folder: options.folder,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
