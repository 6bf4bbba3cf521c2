/** Reads what the mail catcher keeps: messages by who really was to receive them. */
import { caughtMails } from '../caught-mails.ts';
import type { RightsWorld } from './rights-world.ts';

export type CaughtMail = {
  readonly source: string;
  readonly messageId: string;
  readonly attachments: readonly Buffer[];
};

const attachmentsOf = (source: string): readonly Buffer[] => {
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1];
  if (boundary === undefined) return [];
  return source
    .split(`--${boundary}`)
    .filter((part) => /content-disposition: attachment/i.test(part))
    .map((part) => Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4), 'base64'));
};

/** The mails to an address, oldest first. */
export const mailsTo = ({ world }: RightsWorld, address: string): readonly CaughtMail[] =>
  caughtMails(world.services)
    .filter((source) => source.includes(`X-Envelope-To: ${address}`))
    .map((source) => ({
      source,
      messageId: /^message-id:\s*(\S+)/im.exec(source)?.[1] ?? '',
      attachments: attachmentsOf(source),
    }));
