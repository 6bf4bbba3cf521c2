/** What the mail catcher of the stack has kept. Several test files share it: each looks for mails that only it can have sent. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningServices } from '../../stack/services/running-services.ts';

/** Every mail as it came, byte by byte, oldest first, with the envelope as its first lines. */
export const caughtMails = ({ mail: { folder } }: RunningServices): readonly string[] => {
  if (folder === undefined) throw new Error('Only a mail catcher of the stack has a folder to look into');
  // A name that begins with a dot is a mail that is still being written, and gone under that name a moment later.
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml') && !name.startsWith('.'));
  return names.toSorted().map((name) => readFileSync(join(folder, name), 'latin1'));
};
