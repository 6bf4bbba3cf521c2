// A temporary folder for one test file, removed when it is done.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Makes the folder now and removes it after the last test of the file. */
export function temporaryFolder(label: string): string {
  const folder = mkdtempSync(join(tmpdir(), `oblio-${label}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return folder;
}
