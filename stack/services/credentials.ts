// Passwords of the local services: made up once per data folder and kept there in one file that only its owner can read.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StackError } from '../process/stack-error.ts';
import { readState, writeState } from '../process/stored-state.ts';

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

const restore = 'Restore it; the databases and the store in this folder know no other passwords.';

/** The file with the passwords; it is there from the first start on. */
export const credentialsFileOf = (dataFolder: string): string => join(dataFolder, 'credentials.json');

/** Reads the data folder's passwords; the first time makes them up (192 random bits each). Throws a StackError when they are lost. */
export function loadCredentials(dataFolder: string): Credentials {
  const file = credentialsFileOf(dataFolder);
  const known = readState(file, credentialsSchema, restore);
  if (known) return known;
  if (['postgres', 'objects', 'seaweedfs'].some((name) => existsSync(join(dataFolder, name))))
    throw new StackError(`${file} is gone, and ${dataFolder} holds data. ${restore}`);
  const names = Object.keys(credentialsSchema.shape);
  const made = credentialsSchema.parse(
    Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('base64url')])),
  );
  writeState(file, made);
  return made;
}
