// Taken ports: the message says which, by whom and what to set.

import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  configuredPorts,
  freePorts,
  portIsFree,
  rememberedInternalPorts,
  requireFreePorts,
} from '../../stack/process/ports.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('ports');
let server: Server | undefined;

async function listen(port: number, host: string): Promise<void> {
  const opened = createServer();
  await new Promise<void>((resolve) => opened.listen(port, host, resolve));
  server = opened;
}

afterEach(() => {
  server?.close();
  server = undefined;
});

describe('ports', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::'])(
    'a port taken on %s is named with its holder and the setting that changes it',
    async (host) => {
      const ports = await freePorts();
      await listen(ports.temporalUi, host);
      const refusal = requireFreePorts(ports, ['postgres', 'temporalUi'], 300);
      await expect(refusal).rejects.toThrow(
        `Port ${ports.temporalUi} (Temporal UI) is taken by process ${process.pid}`,
      );
      await expect(refusal).rejects.toThrow(/TEMPORAL_UI_PORT=\d+/);
      await expect(refusal).rejects.not.toThrow('POSTGRES_PORT');
    },
  );

  it('a port that becomes free within moments is no error', async () => {
    const ports = await freePorts();
    await listen(ports.api, '127.0.0.1');
    setTimeout(() => server?.close(), 600);
    await expect(requireFreePorts(ports, ['api'])).resolves.toBeUndefined();
  });

  it('settings change the defaults, and a wrong one is named', () => {
    expect(configuredPorts({})).toMatchObject({ api: 8080, temporalUi: 8233 });
    expect(configuredPorts({ API_PORT: '18080' }).api).toBe(18_080);
    expect(() => configuredPorts({ S3_PORT: 'nine' })).toThrow('S3_PORT=nine is not a port');
    expect(() => configuredPorts({ S3_PORT: '70000' })).toThrow('S3_PORT=70000');
  });

  it('free ports differ from one another, and internal ports are kept while they are free', async () => {
    const ports = await freePorts();
    expect(new Set(Object.values(ports)).size).toBe(Object.values(ports).length);
    const file = join(folder, 'ports.json');
    const first = await rememberedInternalPorts(file, ports);
    await listen(first.history, '127.0.0.1');
    const second = await rememberedInternalPorts(file, ports);
    expect(second.history).not.toBe(first.history);
    expect({ ...second, history: 0 }).toEqual({ ...first, history: 0 });
    expect(await portIsFree(first.history)).toBe(false);
  });
});
