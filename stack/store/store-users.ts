// The three users of the object store and what each may do: the policies are the files in deploy/store-policies. SeaweedFS reads them at its start;
// MinIO, here or elsewhere, is given them through its own client.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../process/project.ts';
import { StackError } from '../process/stack-error.ts';
import type { KeyPair } from './store-client.ts';

/** Which part of Oblio the user is for; the policy file has the same name. */
export const storeParts = ['api', 'worker', 'gate'] as const;

/** A part of Oblio that has a user of the store of its own: its policy file says what it may do. */
export type StorePart = (typeof storeParts)[number];

/** Access keys are names, not secrets. */
export function storeAccessKey(part: StorePart): string {
  return `oblio-${part}`;
}

/** The keys of each of the three users. */
export type StoreUsers = Record<StorePart, KeyPair>;

/** The folder with the store users' policies, which the compose file uses too. */
export const storePoliciesFolder = join(projectRoot, 'deploy', 'store-policies');

/** The policy of a part's user, as its file says it. */
export function readStorePolicy(part: StorePart): string {
  return readFileSync(join(storePoliciesFolder, `${part}.json`), 'utf8');
}

/** The store and the administrator by whom users are made. */
export type StoreAdministration = { mc: string; endpoint: string; administrator: KeyPair; dataFolder: string };

/**
 * Runs the store's client as administrator. Credentials travel by environment and secrets by standard input:
 * arguments are visible to every user of the machine.
 */
export async function runStoreClient(store: StoreAdministration, args: readonly string[], input = ''): Promise<string> {
  const configuration = join(store.dataFolder, 'mc');
  await mkdir(configuration, { recursive: true, mode: 0o700 });
  const url = new URL(store.endpoint);
  url.username = store.administrator.accessKey;
  url.password = store.administrator.secretKey;
  const [command = ''] = args;
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(
      store.mc,
      ['--config-dir', configuration, '--no-color', '--quiet', '--disable-pager', ...args],
      {
        env: { PATH: process.env.PATH, HOME: store.dataFolder, MC_HOST_oblio: url.href.replace(/\/$/, '') },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: 60_000,
      },
    );
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new StackError(`The MinIO client failed at "${command} ${args.slice(1, 3).join(' ')}": ${output.trim()}`),
        );
    });
  });
}

/** Creates or updates the three users and their policies on a MinIO. */
export async function ensureStoreUsers(store: StoreAdministration, users: StoreUsers): Promise<void> {
  for (const part of storeParts) {
    const { accessKey, secretKey } = users[part];
    const policy = join(storePoliciesFolder, `${part}.json`);
    await runStoreClient(store, ['admin', 'policy', 'create', 'oblio', accessKey, policy]);
    await runStoreClient(store, ['admin', 'user', 'add', 'oblio'], `${accessKey}\n${secretKey}\n`);
    await runStoreClient(store, ['admin', 'policy', 'attach', 'oblio', accessKey, '--user', accessKey]).catch(
      (error: unknown) => {
        // Attaching what is attached already is an error to the client, and what is wanted here.
        if (!(error instanceof StackError && /already (in effect|attached)|no change/i.test(error.message)))
          throw error;
      },
    );
  }
}
