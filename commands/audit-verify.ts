/**
 * `npm run audit:verify [-- --head <sequence>:<digest>]`: checks the audit trail's chain (I10). With the head that an earlier run
 * printed, noted down somewhere else, it also shows that nothing has been cut off since. Reads with the API's login: that of
 * OBLIO_API_DATABASE_URL, or of the stack that `npm start` runs here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { dataFolderOf } from '../stack/process/project.ts';
import { readRunningServices } from '../stack/services/running-services.ts';
import { type ChainHead, verifyChain } from '../storage/audit/verify-audit-trail.ts';
import { openDatabase } from '../storage/database/database.ts';

const environment = z.object({
  OBLIO_API_DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be the database with the API login, or npm start must be running',
  }),
});

const head = z
  .string()
  .regex(/^\d{1,15}:[0-9a-f]{64}$/, 'is written <sequence>:<digest>, as this command prints it')
  .transform((text): ChainHead => {
    const [sequence = '', digest = ''] = text.split(':');
    return { sequence: Number(sequence), digest };
  });

const runningFile = join(dataFolderOf(process.env), 'running.json');
const localUrl = existsSync(runningFile) ? readRunningServices(runningFile).postgres.apiUrl : undefined;

const { values } = parseArgs({ options: { head: { type: 'string' } } });
const settings = environment.safeParse({ OBLIO_API_DATABASE_URL: process.env.OBLIO_API_DATABASE_URL || localUrl });
const expected = head.optional().safeParse(values.head);
if (!settings.success || !expected.success) {
  if (!settings.success) console.error(`The settings are wrong:\n${z.prettifyError(settings.error)}`);
  if (!expected.success) console.error(`--head: ${z.prettifyError(expected.error)}`);
  process.exit(2);
}

const db = openDatabase({
  url: settings.data.OBLIO_API_DATABASE_URL,
  applicationName: 'oblio-audit-verify',
  maxConnections: 1,
});
try {
  const report = await verifyChain(db, expected.data === undefined ? {} : { expectedHead: expected.data });
  console.log(`entries verified   ${report.verified}`);
  console.log(`waiting for seals  ${report.unsealed}`);
  if (report.head) console.log(`head               ${report.head.sequence}:${report.head.digest}`);
  if (report.fault) {
    const { reason, sequence, entryId } = report.fault;
    console.error(`FAULT ${reason} at sequence ${sequence}${entryId === undefined ? '' : ` (entry ${entryId})`}`);
    process.exitCode = 1;
  } else {
    console.log('The chain holds.');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
