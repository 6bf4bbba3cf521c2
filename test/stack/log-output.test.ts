// The logs of API and worker on a full disk: /dev/full refuses every byte, as such a disk does (Linux).

import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const logger = fileURLToPath(new URL('../../worker/observability/logger.ts', import.meta.url));

/** Writes a line every 5 ms, and says on the side that it is still there after forty of them. */
const script = `
  const { createLog } = await import(${JSON.stringify(logger)});
  const log = createLog({ level: 'info', process: 'test' });
  for (let line = 0; line < 40; line += 1) {
    log.info('worker-ready');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.stderr.write('still there');
  process.exit(0);
`;

describe('a log that cannot be written', () => {
  it.skipIf(!existsSync('/dev/full'))(
    'does not end the process that writes it: a full disk stops no erasure and no answer',
    async () => {
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        stdio: ['ignore', full, 'pipe'],
      });
      closeSync(full);
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const code = await new Promise((resolve) => child.on('close', resolve));
      expect(said).toBe('still there');
      expect(code).toBe(0);
    },
    60_000,
  );
});
