// `npm start` as people use it, on ports and in a data folder of this test's own.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstCall, firstCallBody, firstCallPath } from '../../stack/commands/first-call.ts';
import { freePorts, type PortName, portSettings } from '../../stack/process/ports.ts';
import { projectRoot } from '../../stack/process/project.ts';
import { readRunningServices } from '../../stack/services/running-services.ts';
import { processesOf } from './own-stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('start');
const runningFile = join(folder, 'running.json');
const started: ChildProcess[] = [];
let environment: NodeJS.ProcessEnv;
let apiAddress: string;

type Start = { child: ChildProcess; output: () => string; code: Promise<number | null> };

/** What `npm start` runs. */
function npmStart(more: NodeJS.ProcessEnv = {}): Start {
  const child = spawn(process.execPath, ['stack/process/bootstrap.mjs', 'stack/commands/start.ts'], {
    cwd: projectRoot,
    env: { ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output, code: new Promise((resolve) => child.on('close', resolve)) };
}

async function untilRunning(start: Start): Promise<void> {
  await expect
    .poll(() => (start.child.exitCode === null ? start.output() : `ended: ${start.output()}`), {
      timeout: 170_000,
      interval: 250,
    })
    .toMatch(/^ended|Ctrl-C stops everything/);
  expect(start.output()).toContain('Ctrl-C stops everything');
}

async function nothingIsLeft(): Promise<void> {
  await expect.poll(() => processesOf(folder).map(({ commandLine }) => commandLine)).toEqual([]);
}

const bodyOfFirstCall = firstCallBody(new Date());

async function makeFirstCall(): Promise<number> {
  const args = ['commands/token.ts', '--role', 'source', '--controller', 'comune-di-milano'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot, env: environment });
  const response = await fetch(`${apiAddress}${firstCallPath}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify(bodyOfFirstCall),
  });
  return response.status;
}

beforeAll(async () => {
  const ports = await freePorts();
  const settings = Object.entries(ports).map(([name, port]) => [portSettings[name as PortName].setting, String(port)]);
  environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    OBLIO_CACHE: process.env.OBLIO_CACHE,
    OBLIO_DATA: folder,
    ...Object.fromEntries(settings),
  };
  apiAddress = `http://127.0.0.1:${ports.api}`;
});

afterAll(async () => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  while (processesOf(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
});

describe('npm start', () => {
  it('starts everything, prints the addresses and a first call that works, and stops everything on Ctrl-C', async () => {
    const start = npmStart();
    await untilRunning(start);
    const running = readRunningServices(runningFile);
    expect((statSync(runningFile).mode & 0o777).toString(8)).toBe('600');
    for (const address of [
      apiAddress,
      `${apiAddress}/docs`,
      running.temporal.uiAddress,
      running.objectStore.endpoint,
      running.mail.folder,
    ]) {
      expect(start.output()).toContain(address);
    }
    expect(start.output()).toContain('It is not a production setting');
    expect(start.output()).toContain(firstCall(apiAddress, new Date()).split('\n')[0]);
    expect((await fetch(`${apiAddress}/docs`)).status).toBe(200);
    expect(await makeFirstCall()).toBe(201);

    start.child.kill('SIGINT');
    expect(await start.code).toBe(0);
    expect(start.output()).toMatch(/Stopping \.\.\.\nStopped\.\n$/);
    expect(existsSync(runningFile)).toBe(false);
    await nothingIsLeft();
  }, 300_000);

  it('continues where it was, and a process of Oblio that dies takes the whole stack down with a non-zero exit code and a reason', async () => {
    const start = npmStart();
    await untilRunning(start);
    // The same record again is the same answer, so the first one is still there.
    expect(await makeFirstCall()).toBe(200);
    const { api } = readRunningServices(runningFile).pids;
    process.kill(api ?? 0, 'SIGKILL');
    expect(await start.code).toBe(1);
    expect(start.output()).toContain('Oblio API ended unexpectedly (SIGKILL); stopping everything.');
    expect(existsSync(runningFile)).toBe(false);
    await nothingIsLeft();
  }, 300_000);

  it('leaves no process behind when it is itself killed with SIGKILL', async () => {
    const start = npmStart();
    await untilRunning(start);
    const names = processesOf(folder)
      .map(({ commandLine }) => commandLine)
      .join('\n');
    for (const name of ['postgres', 'weed', 'temporal', 'worker/main.ts', 'api/server.ts'])
      expect(names).toContain(name);
    start.child.kill('SIGKILL');
    await nothingIsLeft();
  }, 300_000);

  it('can be stopped while it starts', async () => {
    const start = npmStart();
    await expect.poll(() => start.output()).toContain('Postgres answers');
    start.child.kill('SIGTERM');
    await start.code;
    expect(start.output()).toContain('Stopped.');
    await nothingIsLeft();
  });

  it('says which port is taken, by whom and what to set, and starts nothing', async () => {
    const taken = createServer();
    const port = Number(environment.API_PORT);
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    const start = npmStart();
    expect(await start.code).toBe(1);
    taken.close();
    expect(start.output()).toContain(`Port ${port} (Oblio API) is taken by process ${process.pid}`);
    expect(start.output()).toMatch(/API_PORT=\d+/);
    await nothingIsLeft();
  });

  it('says which setting cannot be used', async () => {
    const start = npmStart({ TEMPORAL_ADDRESS: 'http://somewhere' });
    expect(await start.code).toBe(1);
    expect(start.output()).toContain('TEMPORAL_ADDRESS must be host:port, without a protocol');
  });
});
