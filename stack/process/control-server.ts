// The control port of a stack: lets tests in other processes kill and restart single services. On 127.0.0.1, with a token, never in production.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { RunningServices } from '../services/running-services.ts';
import { type DrillName, drillNames, type ServiceHandle } from './service-handle.ts';
import { messageOf } from './stack-error.ts';

const signalSchema = z.enum(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT']);
const requestPath = /^\/(postgres|temporal|store)\/(pid|kill|restart)$/;

/** Where the control port is, and the token without which it does nothing. */
export type ControlServer = { url: string; token: string; stop: () => Promise<void> };

/** Serves `POST /<service>/<pid|kill|restart>?signal=...` for the services given. */
export async function startControlServer(handles: Partial<Record<DrillName, ServiceHandle>>): Promise<ControlServer> {
  const token = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);

  const perform = async (method: string | undefined, address: string): Promise<{ status: number; body: object }> => {
    const url = new URL(address, 'http://127.0.0.1');
    const [, name, action] = requestPath.exec(url.pathname) ?? [];
    const drill = drillNames.find((candidate) => candidate === name);
    if (method !== 'POST' || !drill) return { status: 404, body: { error: 'no such action' } };
    const handle = handles[drill];
    if (!handle) return { status: 409, body: { error: `${drill} is not run by this stack` } };
    if (action === 'kill') {
      const signal = signalSchema.safeParse(url.searchParams.get('signal'));
      if (!signal.success)
        return { status: 422, body: { error: 'signal must be SIGKILL, SIGTERM, SIGINT or SIGQUIT' } };
      await handle.kill(signal.data);
    } else if (action === 'restart') await handle.restart();
    return { status: 200, body: { pid: (await handle.pid()) ?? null } };
  };

  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      answer(401, { error: 'wrong token' });
      return;
    }
    perform(request.method, request.url ?? '/').then(
      ({ status, body }) => answer(status, body),
      (error: unknown) => answer(500, { error: messageOf(error) }),
    );
  });
  // A restart of Postgres after SIGKILL replays its log first, which can take a while.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Handles on the services of a stack that another process runs. */
export function remoteHandles(running: RunningServices): Record<DrillName, ServiceHandle> {
  const { control } = running;
  const call = async (name: DrillName, action: string): Promise<number | undefined> => {
    if (!control) throw new Error('This stack has no control port.');
    const response = await fetch(`${control.url}/${name}/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${control.token}` },
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(body)}`);
    return z.object({ pid: z.number().nullable() }).parse(body).pid ?? undefined;
  };
  const handle = (name: DrillName): ServiceHandle => ({
    pid: () => call(name, 'pid'),
    kill: async (signal) => {
      await call(name, `kill?signal=${signal}`);
    },
    restart: async () => {
      await call(name, 'restart');
    },
  });
  return { postgres: handle('postgres'), temporal: handle('temporal'), store: handle('store') };
}
