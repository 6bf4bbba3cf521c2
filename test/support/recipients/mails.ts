/** Reads what the mail catcher keeps of mails to recipients. */
import { caughtMails } from '../caught-mails.ts';
import type { World } from '../world.ts';

/** A mail with quoted-printable and folded headers undone, as far as a test reads it. */
const readable = (message: string): string => {
  const joined = message.replaceAll('=\r\n', '').replaceAll(/\r\n[ \t]+/g, ' ');
  return Buffer.from(
    joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
};

/** The mails about a notification that the catcher has, oldest first, decoded. */
export const mailsAbout = async (world: World, notificationId: string): Promise<readonly string[]> =>
  caughtMails(world.services)
    .filter((text) => text.split('\r\n\r\n', 1)[0]?.includes(notificationId))
    .map(readable);
