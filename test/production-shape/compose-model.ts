// docker-compose.yml and Dockerfile as data, for the tests that check them and run their commands outside of containers.

import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { projectRoot } from '../../stack/process/project.ts';
import { resolvePrograms } from '../../stack/programs/resolve-programs.ts';

export const composeFile = join(projectRoot, 'docker-compose.yml');
export const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');

const serviceSchema = z.object({
  image: z.string(),
  build: z.object({ target: z.string() }).optional(),
  entrypoint: z.array(z.string()).nullish(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  networks: z.record(z.string(), z.unknown()).default({}),
  ports: z.array(z.object({ host_ip: z.string().optional(), target: z.number(), published: z.string() })).default([]),
  volumes: z.array(z.object({ type: z.string(), source: z.string(), target: z.string() })).default([]),
  secrets: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  user: z.string().optional(),
});
const modelSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.unknown()),
});
export type ComposeModel = z.infer<typeof modelSchema>;
export type ComposeService = z.infer<typeof serviceSchema>;

const variable = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** The variables of the file, and what the file says when one is not given: a default, or that it is required. */
export function composeVariables(
  text = readFileSync(composeFile, 'utf8'),
): { name: string; required: boolean; fallback: string }[] {
  return [...text.matchAll(variable)].map(([, name = '', operator, rest = '']) => ({
    name,
    required: operator === '?',
    fallback: operator === '-' ? rest : '',
  }));
}

/** Fills the variables in, as Compose does; a required one that is missing throws. */
export function interpolate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(variable, (_all, name: string, operator: string | undefined, rest: string | undefined) => {
    const value = values[name];
    if (value) return value;
    if (operator === '-') return rest ?? '';
    throw new Error(`${name} is missing`);
  });
}

/** Checks a compose file with the reference implementation of the specification; throws what it says. With `fill`, variables are filled in already. */
export async function checkWithSpecification(
  file: string,
  fill: 'filled' | 'unfilled',
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const programs = await resolvePrograms(['compose-spec'], {
    environment: process.env,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  const args = ['-format', 'json', ...(fill === 'filled' ? ['-no-interpolation'] : []), file];
  const { stdout } = await promisify(execFile)(programs['compose-spec'].binary, args, {
    cwd: projectRoot,
    env: environment,
    maxBuffer: 1 << 24,
  });
  return stdout;
}

/** The file as Compose understands it, with these values filled in. */
export async function composeModel(values: Readonly<Record<string, string>>, folder: string): Promise<ComposeModel> {
  const filled = join(folder, 'docker-compose.filled.yml');
  writeFileSync(filled, interpolate(readFileSync(composeFile, 'utf8'), values));
  return modelSchema.parse(JSON.parse(await checkWithSpecification(filled, 'filled')));
}

/** The program that a service's container starts: as the file says, or as the image that is built for it does. */
export function entrypointOf(service: ComposeService): string[] {
  return service.entrypoint ?? entrypointOfStage(service.build?.target ?? '');
}

/** What an image stage starts (its ENTRYPOINT, or that of the stage it is made from). */
function entrypointOfStage(target: string): string[] {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const stage = stages.find((text) => new RegExp(`^\\S+ AS ${target}$`, 'm').test(text));
  if (!stage) throw new Error(`The Dockerfile has no stage ${target}.`);
  const own = /^ENTRYPOINT (\[.*\])$/m.exec(stage)?.[1];
  if (own) return z.array(z.string()).parse(JSON.parse(own));
  return entrypointOfStage(stage.split(' ', 1)[0] ?? '');
}

/** Makes up a deployment's secrets in the folder, as its operator would, and reads them. */
export function makeDeploymentSecrets(folder: string): Record<string, string> {
  execFileSync(process.execPath, [join(projectRoot, 'stack', 'commands', 'deployment-secrets.ts'), folder]);
  const lines = readFileSync(join(folder, '.env'), 'utf8').split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
