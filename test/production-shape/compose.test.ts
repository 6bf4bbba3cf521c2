// docker-compose.yml as a file: it conforms to the Compose specification and describes the production shape. Its commands are run in compose-commands.test.ts.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { privateLogSettings } from '../../stack/postgres/postgres.ts';
import { projectRoot } from '../../stack/process/project.ts';
import { type Program, programs } from '../../stack/programs/programs.ts';
import { seaweedEnvironment, seaweedSwitches } from '../../stack/store/seaweedfs.ts';
import { temporaryFolder } from '../stack/temporary-folder.ts';
import {
  type ComposeModel,
  checkWithSpecification,
  composeFile,
  composeModel,
  composeVariables,
  dockerfile,
  makeDeploymentSecrets,
} from './compose-model.ts';

const folder = temporaryFolder('compose');
const programNamed = (name: Program['name']): Program => {
  const found = programs.find((program) => program.name === name);
  if (!found) throw new Error(`There is no program ${name}.`);
  return found;
};
const versionOf = (name: Program['name']): string => programNamed(name).version.replace(/^v/, '');
const issuer = { OBLIO_TOKEN_ISSUER: 'https://id.example.org', OBLIO_JWKS_URL: 'https://id.example.org/jwks' };
const oneShots = ['store-volume', 'store-users', 'setup', 'migrate'];
let values: Record<string, string>;
let model: ComposeModel;

beforeAll(async () => {
  values = { ...makeDeploymentSecrets(folder), ...issuer };
  model = await composeModel(values, folder);
}, 600_000);

async function refusalOf(change: (text: string) => string): Promise<unknown> {
  const file = join(folder, 'docker-compose.changed.yml');
  writeFileSync(file, change(readFileSync(join(folder, 'docker-compose.filled.yml'), 'utf8')));
  return checkWithSpecification(file, 'filled').then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('docker-compose.yml', () => {
  it('conforms to the Compose specification, and a key or value that does not would be noticed', async () => {
    expect(Object.keys(model.services).sort()).toEqual(
      [
        'api',
        'mail',
        'migrate',
        'postgres',
        'setup',
        'store',
        'store-users',
        'store-volume',
        'temporal',
        'temporal-ui',
        'worker',
      ].sort(),
    );
    expect(await refusalOf((text) => text.replace('image: postgres:18', 'imgae: postgres:18'))).toMatchObject({
      stderr: expect.stringContaining('imgae'),
    });
    expect(await refusalOf((text) => text.replace('cap_drop: [ALL]', 'cap_drop: ALL'))).toMatchObject({
      stderr: expect.stringContaining('cap_drop'),
    });
  });

  it('refers only to services, networks, volumes and secrets that it describes', () => {
    for (const [name, service] of Object.entries(model.services)) {
      for (const other of Object.keys(service.depends_on))
        expect(Object.keys(model.services), `${name} waits for ${other}`).toContain(other);
      for (const network of Object.keys(service.networks)) expect(Object.keys(model.networks)).toContain(network);
      for (const { source, type } of service.volumes)
        if (type === 'volume') expect(Object.keys(model.volumes)).toContain(source);
      for (const { source } of service.secrets) expect(Object.keys(model.secrets)).toContain(source);
    }
  });

  it('waits for one-shots to succeed and for services to be healthy, and every service that stays has a health check', () => {
    for (const [name, service] of Object.entries(model.services)) {
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        expect(condition, `${name} on ${other}`).toBe(
          oneShots.includes(other) ? 'service_completed_successfully' : 'service_healthy',
        );
      }
      if (oneShots.includes(name)) continue;
      expect(service.restart, name).toBe('unless-stopped');
      expect(service.healthcheck?.test.length, name).toBeGreaterThan(1);
    }
  });

  it('has no default password: every secret is required, and the file is refused without it', async () => {
    const variables = composeVariables();
    const secrets = variables.filter(({ name }) => /PASSWORD|SECRET|JWKS|ISSUER/.test(name));
    expect(new Set(secrets.map(({ name }) => name)).size).toBeGreaterThanOrEqual(12);
    expect(secrets.filter(({ required }) => !required)).toEqual([]);
    const refusal: unknown = await checkWithSpecification(composeFile, 'unfilled', { PATH: process.env.PATH }).catch(
      (error: unknown) => error,
    );
    for (const { name } of secrets) {
      // An address with several secrets names the first one that is missing.
      expect(refusal).toMatchObject({ stderr: expect.stringContaining(`required variable ${name} is missing`) });
    }
    const literal = Object.entries(model.services).flatMap(([service, { environment }]) =>
      Object.entries(environment)
        .filter(([name, value]) => /PASSWORD|SECRET/.test(name) && !Object.values(values).includes(value))
        .map(([name]) => `${service}.${name}`),
    );
    expect(literal).toEqual([]);
  });

  it('publishes ports on 127.0.0.1 only, and neither Postgres nor the store nor Temporal at all', () => {
    for (const [name, { ports }] of Object.entries(model.services)) {
      for (const { host_ip } of ports) expect(host_ip, name).toBe('127.0.0.1');
      if (['postgres', 'store', 'store-users', 'temporal', 'worker', 'setup', 'migrate'].includes(name))
        expect(ports, name).toEqual([]);
    }
    expect(model.networks.inside).toMatchObject({ internal: true });
    for (const name of ['postgres', 'store', 'temporal', 'setup', 'migrate'])
      expect(Object.keys(model.services[name]?.networks ?? {})).toEqual(['inside']);
  });

  it('refuses time travel in API, worker and Temporal server, and fixes 512 history shards', () => {
    expect(model.services.api?.environment.OBLIO_TIME_TRAVEL).toBe('refused');
    expect(model.services.worker?.environment.OBLIO_TIME_TRAVEL).toBe('refused');
    expect(model.services.temporal?.environment.TEMPORAL_HISTORY_SHARDS).toBe('512');
    const dynamic = readFileSync(join(projectRoot, 'deploy', 'temporal', 'dynamic.yaml'), 'utf8');
    expect(dynamic).toMatch(/frontend\.WorkflowTimeSkippingEnabled:\n {2}- value: false/);
  });

  it('gives each process its own credentials and no other part’s', () => {
    const credentials = (service: string): string[] =>
      Object.keys(model.services[service]?.environment ?? {})
        .filter((name) => /DATABASE_URL|SECRET_KEY|PASSWORD|ADMIN/.test(name))
        .sort();
    expect(credentials('api')).toEqual(['OBLIO_API_DATABASE_URL', 'S3_API_SECRET_KEY']);
    expect(credentials('worker')).toEqual([
      'OBLIO_GATE_DATABASE_URL',
      'OBLIO_WORKER_DATABASE_URL',
      'S3_GATE_SECRET_KEY',
      'S3_WORKER_SECRET_KEY',
    ]);
    expect(credentials('migrate')).toEqual(['DATABASE_URL']);
    expect(credentials('temporal')).toEqual(['TEMPORAL_DATABASE_PASSWORD']);
    expect(credentials('temporal-ui')).toEqual([]);
  });

  it('I7: Postgres logs no values, with the same settings as on the local stack', () => {
    const command = model.services.postgres?.command ?? [];
    for (const [name, value] of Object.entries(privateLogSettings)) expect(command).toContain(`${name}=${value}`);
  });

  it('runs published images in versions that the local stack and the tests use, and files that exist', () => {
    const images = Object.values(model.services).flatMap(({ image, build }) => (build ? [] : [image]));
    expect([...new Set(images)].sort()).toEqual([
      'axllent/mailpit:v1.20.4',
      `chrislusf/seaweedfs:${versionOf('weed')}`,
      'debian:bookworm-slim',
      'postgres:18',
      'temporalio/server:1.32.0',
      `temporalio/ui:${versionOf('temporal-ui')}`,
    ]);
    const sources = [...dockerfile.matchAll(/^(?:FROM |COPY --from=)(\S+)/gm)].map(([, source]) => source);
    expect(sources).toEqual(['node:24-bookworm-slim', 'app', 'temporalio/admin-tools:1.32.0']);
    // The server that the prebuilt program of the local stack holds, and the same minor version as the one on Postgres that is tried.
    expect(String(programNamed('temporal').versionPattern)).toContain('Server 1\\.32\\.0');
    expect(versionOf('temporal-server')).toMatch(/^1\.32\./);
    const files = ['store-users', 'setup', 'migrate', 'api', 'worker'].flatMap(
      (name) => model.services[name]?.command?.filter((argument) => argument.endsWith('.ts')) ?? [],
    );
    expect(files).toHaveLength(5);
    for (const file of files) expect(existsSync(join(projectRoot, file)), file).toBe(true);
    expect(dockerfile).toContain(`${model.services.worker?.environment.OBLIO_WORKFLOW_BUNDLE?.replace('/app/', '')}`);
  });

  it('I5: runs the store with the switches of the local stack, its inner ports closed', () => {
    const { command = [], environment = {} } = model.services.store ?? {};
    for (const wanted of seaweedSwitches) expect(command).toContain(wanted);
    expect(environment).toMatchObject(seaweedEnvironment);
    expect(command).toEqual(expect.arrayContaining(['-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-filer.disableHttp']));
    for (const name of ['WEED_GRPC_CA', 'WEED_GRPC_S3_CERT', 'WEED_GRPC_S3_KEY'])
      expect(environment[name]).toMatch(/^\/users\/inner-port\./);
    const readers = Object.entries(model.services).filter(([, { volumes }]) =>
      volumes.some(({ source }) => source === 'store-users'),
    );
    expect(readers.map(([name]) => name).sort()).toEqual(['store', 'store-users', 'store-volume']);
  });
});

describe('the secrets of a deployment', () => {
  it('are made up once, each of its own, readable by their owner only, and never overwritten', () => {
    const passwords = Object.entries(values).filter(([name]) => /PASSWORD|SECRET/.test(name));
    expect(passwords).toHaveLength(10);
    expect(new Set(passwords.map(([, value]) => value)).size).toBe(10);
    for (const [, value] of passwords) expect(value).toMatch(/^[\w-]{32}$/);
    for (const file of ['.env', 'secrets/keys.json'])
      expect(`${file} ${(statSync(join(folder, file)).mode & 0o777).toString(8)}`).toBe(`${file} 600`);
    const before = readFileSync(join(folder, '.env'), 'utf8');
    expect(() =>
      execFileSync(process.execPath, [join(projectRoot, 'stack', 'commands', 'deployment-secrets.ts'), folder], {
        stdio: 'pipe',
      }),
    ).toThrow('exists already');
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(before);
  });
});
