// What the person at the terminal is shown of a process that ends while it starts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manageProcess, type UnexpectedEnd, waitUntilReady } from '../../stack/process/managed-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('managed-process');

describe('a process that ends while it starts', () => {
  it('is quoted with what it said in this run, long lines cut, and not with what earlier runs left in the log', async () => {
    const logFile = join(folder, 'service.log');
    writeFileSync(logFile, 'connection refused, long ago\n'.repeat(20));
    const ends: UnexpectedEnd[] = [];
    const service = manageProcess(
      {
        name: 'The service',
        command: process.execPath,
        args: ['--eval', "console.log('x'.repeat(2000)); console.error('line 3: no such field'); process.exit(4)"],
        environment: {},
        cwd: folder,
        logFile,
        stopSignal: 'SIGTERM',
        stopTimeoutMilliseconds: 5_000,
      },
      (end) => ends.push(end),
    );
    service.start();
    const error: unknown = await waitUntilReady(service, async () => false, 60_000).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(
      /The service ended with code 4 while starting.*\nx{400} \.\.\.\nline 3: no such field$/,
    );
    expect(ends).toMatchObject([{ code: 4, lastWords: expect.stringMatching(/no such field$/) }]);
  });
});
