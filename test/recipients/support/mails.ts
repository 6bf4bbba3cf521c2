/** Reads what the mail catcher keeps of mails to recipients. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from '../../support/world.ts';

/** A mail with quoted-printable and folded headers undone, as far as a test reads it. */
const readable = (message: string): string => {
  const joined = message.replaceAll('=\r\n', '').replaceAll(/\r\n[ \t]+/g, ' ');
  return Buffer.from(
    joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
};

/** The mails about a notification that the catcher has, oldest first, decoded. */
export const mailsAbout = async (world: World, notificationId: string): Promise<readonly string[]> => {
  const { folder } = world.services.mail;
  if (folder === undefined) throw new Error('Only a mail catcher of the stack has a folder to look into');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.filter((text) => text.split('\r\n\r\n', 1)[0]?.includes(notificationId)).map(readable);
};
