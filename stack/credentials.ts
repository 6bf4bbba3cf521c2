// Passwords of the local services: made up once per data folder and kept there in one file that only its owner can read.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StackError } from './stack-error.ts';

const secret = z.string().min(16);
const credentialsSchema = z.object({
  postgresSuperuser: secret,
  databaseOwner: secret,
  databaseApi: secret,
  databaseWorker: secret,
  databaseGate: secret,
  databaseTemporal: secret,
  storeAdministrator: secret,
  storeApi: secret,
  storeWorker: secret,
  storeGate: secret,
});

/** One password per service user of the local stack. */
export type Credentials = z.infer<typeof credentialsSchema>;

/** Reads the data folder's passwords; the first time makes them up (192 random bits each). */
export function loadCredentials(dataFolder: string): Credentials {
  const file = join(dataFolder, 'credentials.json');
  if (existsSync(file)) {
    const parsed = credentialsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
    throw new StackError(
      `${file} is not what the stack wrote: ${z.prettifyError(parsed.error)}\nRestore it; the databases and the store in this folder know no other passwords.`,
    );
  }
  const names = Object.keys(credentialsSchema.shape);
  const made = credentialsSchema.parse(
    Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('base64url')])),
  );
  writeFileSync(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}
