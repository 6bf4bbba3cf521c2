// Each start command of docker-compose.yml, run outside of a container: the same programs and files, the same environment, in the order the file
// gives, until each health check is content. Only what a container would bring is put in its place: host names, ports and folders.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preparePostgres } from '../../stack/postgres/postgres.ts';
import { type ManagedProcess, manageProcess, waitUntilReady } from '../../stack/process/managed-process.ts';
import { freePort, type TemporalInternalPorts, temporalInternalNames } from '../../stack/process/ports.ts';
import { projectRoot } from '../../stack/process/project.ts';
import { resolvePrograms } from '../../stack/programs/resolve-programs.ts';
import { startMailCatcher } from '../../stack/services/mail-catcher.ts';
import { ensureSecrets } from '../../stack/services/secrets.ts';
import { ensureNamespace } from '../../stack/temporal/temporal-client.ts';
import { serverEnvironment } from '../../stack/temporal/temporal-configuration.ts';
import { temporaryFolder } from '../stack/temporary-folder.ts';
import {
  type ComposeModel,
  type ComposeService,
  composeModel,
  entrypointOf,
  makeDeploymentSecrets,
} from './compose-model.ts';

const folder = temporaryFolder('compose-commands');
const stops: (() => Promise<void>)[] = [];
let model: ComposeModel;
/** What a container's names, ports and folders are here. */
let places: [inContainer: string, here: string][];
/** Listening ports that are fixed in a container and must be free ones here. */
let listening: Record<string, Record<string, string>>;
/** Switches that follow those of the file and win over them: ports and addresses that a container has for itself. */
let switches: Record<string, string[]>;
let programs: Record<string, string>;
let storeInnerPort: number;

function here(text: string): string {
  return places.reduce((changed, [inContainer, place]) => changed.replaceAll(inContainer, place), text);
}

function serviceNamed(name: string): ComposeService {
  const service = model.services[name];
  if (!service) throw new Error(`There is no service ${name}.`);
  return service;
}

function commandOf(name: string): { command: string; args: string[]; environment: Record<string, string> } {
  const service = serviceNamed(name);
  const [entry = '', ...first] = entrypointOf(service);
  const environment = Object.fromEntries(Object.entries(service.environment).map(([key, value]) => [key, here(value)]));
  return {
    command: programs[entry] ?? entry,
    args: [...[...first, ...(service.command ?? [])].map(here), ...(switches[name] ?? [])],
    environment: { PATH: '/usr/bin:/bin', NODE_ENV: 'production', ...environment, HOME: folder, ...listening[name] },
  };
}

/** Runs a one-shot to its end and returns its exit code with what it printed. */
async function runOnce(name: string): Promise<{ code: number | null; output: string }> {
  const { command, args, environment } = commandOf(name);
  const child: ChildProcess = spawn(command, args, {
    cwd: projectRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

/** Asks the service's own health check. */
async function healthy(name: string): Promise<boolean> {
  const [, program, ...args] = serviceNamed(name).healthcheck?.test ?? [];
  if (program === 'curl' || program === 'wget') {
    const address = new URL(args.at(-1) ?? '');
    const port = {
      store: here('store:9000').split(':')[1],
      temporal: listening.temporal?.TEMPORAL_HTTP_PORT,
      'temporal-ui': listening['temporal-ui']?.TEMPORAL_UI_PORT,
    }[name];
    address.port = port ?? address.port;
    return (await fetch(address, { signal: AbortSignal.timeout(3_000) })).ok;
  }
  expect(program).toBe('node');
  const { environment } = commandOf(name);
  return new Promise((resolve) =>
    spawn(process.execPath, args, { env: environment, stdio: 'ignore' }).on('exit', (code) => resolve(code === 0)),
  );
}

/** Starts a service with its command and waits for its health check. */
async function startService(name: string): Promise<ManagedProcess> {
  const { command, args, environment } = commandOf(name);
  const managed = manageProcess(
    {
      name,
      command,
      args,
      environment,
      cwd: projectRoot,
      logFile: join(folder, 'logs', `${name}.log`),
      stopSignal: 'SIGTERM',
      stopTimeoutMilliseconds: Number.parseInt(serviceNamed(name).stop_grace_period ?? '10', 10) * 1_000,
    },
    () => {},
  );
  stops.push(() => managed.stop());
  managed.start();
  await waitUntilReady(managed, async () => healthy(name), 90_000, 500);
  return managed;
}

beforeAll(async () => {
  const resolved = await resolvePrograms(['weed', 'temporal-sql-tool', 'temporal-server', 'temporal-ui'], {
    environment: process.env,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  programs = {
    weed: resolved.weed.binary,
    'temporal-server': resolved['temporal-server'].binary,
    './ui-server': resolved['temporal-ui'].binary,
    node: process.execPath,
  };
  const issuer = await ensureSecrets(join(folder, 'issuer'));
  const keys = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(readFileSync(issuer.jwksFile));
  });
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    keys.close();
  });
  const { port: keysPort } = keys.address() as AddressInfo;
  const values = makeDeploymentSecrets(folder);
  model = await composeModel(
    { ...values, OBLIO_TOKEN_ISSUER: issuer.issuer, OBLIO_JWKS_URL: `http://127.0.0.1:${keysPort}/jwks` },
    folder,
  );

  const taken = new Set<number>();
  const port = (): Promise<number> => freePort(taken);
  const [postgres, store, temporal, ui, mail, api, worker] = [
    await port(),
    await port(),
    await port(),
    await port(),
    await port(),
    await port(),
    await port(),
  ];
  const internalPorts: Partial<TemporalInternalPorts> = {};
  for (const name of temporalInternalNames) internalPorts[name] = await port();
  const temporalPorts = Object.entries(
    serverEnvironment({
      postgresPort: 0,
      databasePassword: '',
      historyShards: 0,
      dynamicConfigurationFile: '',
      port: temporal,
      internalPorts: internalPorts as TemporalInternalPorts,
    }),
  ).filter(([name]) => name.endsWith('_PORT'));
  listening = {
    // The tool that the image has on PATH.
    setup: {
      OBLIO_TEMPORAL_SQL_TOOL: resolved['temporal-sql-tool'].binary,
      TMPDIR: folder,
    },
    temporal: Object.fromEntries(temporalPorts),
    'temporal-ui': { TEMPORAL_UI_PORT: String(ui) },
    api: { API_PORT: String(api) },
    worker: { WORKER_PORT: String(worker) },
  };
  storeInnerPort = await port();
  switches = {
    store: [
      `-s3.port=${store}`,
      `-s3.port.grpc=${storeInnerPort}`,
      '-s3.ip.bind=127.0.0.1',
      ...(await Promise.all(
        ['master', 'volume', 'filer']
          .flatMap((name) => [`-${name}.port`, `-${name}.port.grpc`])
          .map(async (name) => `${name}=${await port()}`),
      )),
    ],
  };
  for (const name of ['objects', 'store-users']) mkdirSync(join(folder, name), { recursive: true });
  places = [
    ['postgres:5432', `127.0.0.1:${postgres}`],
    ['store:9000', `127.0.0.1:${store}`],
    ['temporal:7233', `127.0.0.1:${temporal}`],
    ['mail:1025', `127.0.0.1:${mail}`],
    ['/run/secrets/oblio-keys', join(folder, 'secrets', 'keys.json')],
    ['/app/dist/workflow-bundle.js', join(folder, 'workflow-bundle.js')],
    ['/app/', `${projectRoot}/`],
    ['/etc/oblio-temporal-ui', join(projectRoot, 'deploy', 'temporal-ui')],
    ['/etc/oblio-temporal/', `${join(projectRoot, 'deploy', 'temporal')}/`],
    ['/data', join(folder, 'objects')],
    ['/users', join(folder, 'store-users')],
  ];

  // The images of Postgres and of the mail catcher are not ours; any Postgres and any mail server stand in for them.
  const cluster = await preparePostgres({
    dataFolder: folder,
    port: postgres,
    superuserPassword: values.POSTGRES_PASSWORD ?? '',
    durability: 'killed-processes',
    maxConnections: 300,
    log: () => {},
    onUnexpectedEnd: () => {},
  });
  stops.push(() => cluster.process.stop());
  await cluster.start();
  const catcher = await startMailCatcher({ port: mail, folder: join(folder, 'mail') });
  stops.push(catcher.stop);
}, 1_200_000);

afterAll(async () => {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
}, 180_000);

describe('the commands of docker-compose.yml, outside of containers', () => {
  it('store-users: writes down who the users of the store are, for the store alone, and can be repeated', async () => {
    for (const time of ['first', 'second']) expect((await runOnce('store-users')).code, time).toBe(0);
    for (const name of readdirSync(join(folder, 'store-users')))
      expect(`${name} ${(statSync(join(folder, 'store-users', name)).mode & 0o777).toString(8)}`).toBe(`${name} 600`);
  });

  it('store: starts and is healthy, and its inner port takes no one without a certificate', async () => {
    await startService('store');
    const refusal = await new Promise<unknown>((resolve) => {
      const options = { port: storeInnerPort, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false };
      const socket = connect(options, () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
      socket.on('data', (data: Buffer) => resolve(`answered: ${data.toString('latin1')}`));
      socket.on('error', resolve);
      socket.on('close', () => resolve('closed'));
    });
    expect(refusal).toMatchObject({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  });

  it('setup: prepares databases, Temporal’s schema and the store, and can be repeated', async () => {
    const first = await runOnce('setup');
    expect(first.output).toContain('The store has the bucket oblio-records with object lock and its three users.');
    expect(first.code).toBe(0);
    expect(await runOnce('setup')).toEqual(first);
  });

  it('migrate: brings the database to the current schema, and can be repeated', async () => {
    expect((await runOnce('migrate')).code).toBe(0);
    expect((await runOnce('migrate')).code).toBe(0);
  });

  it('temporal: starts and is healthy, and refuses to skip time', async () => {
    await startService('temporal');
    const address = here('temporal:7233');
    await ensureNamespace(address, 'oblio', 7);
    const connection = await Connection.connect({ address });
    const travel = connection.workflowService.startWorkflowExecution({
      namespace: 'oblio',
      requestId: 'travel',
      workflowId: 'travel',
      workflowType: { name: 'anything' },
      taskQueue: { name: 'anything' },
      timeSkippingConfig: { enabled: true },
    });
    await expect(travel).rejects.toThrow(/time.?skipping/i);
    await connection.close();
  });

  it('temporal-ui: starts and is healthy', async () => {
    await startService('temporal-ui');
  });

  it('worker and API: start on the prebuilt bundle, are healthy, and end with code 0 within the time that Compose gives them', async () => {
    const bundle = await new Promise<number | null>((resolve) =>
      spawn(process.execPath, ['commands/build-bundle.ts', join(folder, 'workflow-bundle.js')], {
        cwd: projectRoot,
        stdio: 'ignore',
      }).on('close', resolve),
    );
    expect(bundle).toBe(0);
    const running = [await startService('worker'), await startService('api')];
    for (const managed of running) {
      await managed.stop();
      expect({ name: managed.name, ...managed.ended() }).toEqual({ name: managed.name, code: 0, signal: null });
    }
  }, 240_000);
});
