/** Every command of the README and of docs/ runs as it stands: those in `sh` blocks here, on a running `npm start`; those in `console` blocks exist. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, type PortName, portSettings } from '../../stack/process/ports.ts';
import { projectRoot } from '../../stack/process/project.ts';
import { processesOf } from './own-stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

const pages = ['README.md', ...readdirSync(join(projectRoot, 'docs')).map((name) => `docs/${name}`)];
const textOf = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

/** The fenced blocks of one language, in their order. */
const blocksOf = (page: string, language: string): readonly string[] =>
  [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code]) => code ?? '',
  );

const withCommands = pages.filter((page) => blocksOf(page, 'sh').length > 0);

describe('the papers', () => {
  it('keep the README to 150 lines', () => {
    expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(150);
  });

  it.each(pages)('%s: every link leads somewhere', (page) => {
    const missing = [...textOf(page).matchAll(/\]\(([^)#]+)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !existsSync(join(projectRoot, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it.each(pages)('%s: every npm script it names exists', (page) => {
    const scripts = Object.keys(JSON.parse(textOf('package.json')).scripts);
    const named = [...textOf(page).matchAll(/\bnpm (?:--silent )?run ([a-z][a-z0-9:-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !scripts.includes(name ?? ''))).toEqual([]);
    const files = [...textOf(page).matchAll(/\bnode ((?:bench|stack|commands|demo)\/\S+\.ts)/g)].map(
      ([, file]) => file ?? '',
    );
    expect(files.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
  });
});

describe('on a running npm start', () => {
  const folder = temporaryFolder('docs');
  let environment: NodeJS.ProcessEnv;
  let start: ChildProcess;
  let apiAddress: string;

  beforeAll(async () => {
    const ports = await freePorts();
    apiAddress = `http://127.0.0.1:${ports.api}`;
    environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      OBLIO_CACHE: process.env.OBLIO_CACHE,
      OBLIO_DATA: folder,
      ...Object.fromEntries(
        Object.entries(ports).map(([name, port]) => [portSettings[name as PortName].setting, String(port)]),
      ),
    };
    const npmStart = spawn(process.execPath, ['stack/process/bootstrap.mjs', 'stack/commands/start.ts'], {
      cwd: projectRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    start = npmStart;
    let output = '';
    for (const stream of [npmStart.stdout, npmStart.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    while (!output.includes('Ctrl-C stops everything') && npmStart.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(output).toContain('Ctrl-C stops everything');
  });

  afterAll(async () => {
    start.kill('SIGTERM');
    while (processesOf(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  });

  it.each(withCommands)('%s: its commands run in their order', async (page) => {
    const script = ['set -euo pipefail', ...blocksOf(page, 'sh')]
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', apiAddress)
      .replaceAll('/tmp/', `${folder}/`);
    const shell = spawn('bash', ['-c', script], {
      cwd: projectRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // What waits for something that does not come shows how far it got.
      timeout: 180_000,
    });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    const code = await new Promise((resolve) => shell.on('close', resolve));
    expect(code, output).toBe(0);
  });
});
