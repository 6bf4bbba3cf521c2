// What every npm script starts with, on whatever Node (20 or later) the machine has: installs what package-lock.json says if it is not
// installed, then runs the given TypeScript file on the project's own Node 24. Plain JavaScript, no dependencies.
// Usage: node stack/process/bootstrap.mjs <file.ts> [arguments]

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processBirth, waitForLock } from './process-lock.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ownNode = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/** Why the installation does not match the lock file, or undefined if it does. */
export function whyInstall(projectRoot) {
  const wanted = packagesOf(join(projectRoot, 'package-lock.json'));
  if (!wanted) return 'package-lock.json cannot be read';
  const installed = packagesOf(join(projectRoot, 'node_modules', '.package-lock.json'));
  if (!installed) return 'nothing is installed yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const found = installed[path];
    // Optional packages for other systems are in the lock file and not on this machine.
    if (!found && (entry.optional || entry.devOptional || entry.peer)) continue;
    if (!found) return `${path} is missing`;
    if (found.version !== entry.version || found.integrity !== entry.integrity) return `${path} is another version`;
  }
  for (const path of Object.keys(installed)) if (!wanted[path]) return `${path} is not in package-lock.json`;
  return undefined;
}

function runs(node) {
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && Number(/^v(\d+)/.exec(answer.stdout)?.[1]) >= 24;
}

function install() {
  const npm = process.env.npm_execpath;
  const [command, first] = npm && existsSync(npm) ? [process.execPath, [npm]] : ['npm', []];
  const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' && command === 'npm' };
  // The development dependencies include Node itself and Postgres, whatever NODE_ENV says.
  return spawnSync(command, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund'], options).status === 0;
}

async function ensureInstalled() {
  if (!whyInstall(root) && runs(ownNode)) return;
  const release = await waitForLock(join(root, '.oblio', 'install-lock'), 'installing the packages', (holder) =>
    console.log(`Process ${holder.pid} is ${holder.what}; waiting for it.`),
  );
  try {
    const reason = whyInstall(root) ?? (runs(ownNode) ? undefined : 'Node 24 is missing');
    if (!reason) return;
    console.log(`Installing the packages that package-lock.json names (${reason}) ...`);
    if (!install()) {
      console.error('npm ci failed; what it printed above says why. When it is mended, start again.');
      process.exit(1);
    }
    if (!runs(ownNode)) {
      console.error(
        'npm ci did not install Node 24, which the dev dependency "node" brings by an install script. If install scripts are switched off ' +
          '(npm config get ignore-scripts), run: npm rebuild node --ignore-scripts=false',
      );
      process.exit(1);
    }
  } finally {
    release();
  }
}

/** npm starts scripts through a shell that survives it: the process above that shell, if this is an npm script. */
function npmAbove(shell) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(shell)], { encoding: 'utf8' });
  const [, above, command] = /^\s*(\d+)\s+(.*)/.exec(stdout ?? '') ?? [];
  // Without a shell in between the parent is npm, and watching it is enough.
  if (!above || !command?.includes('bootstrap.mjs')) return undefined;
  return { pid: Number(above), birth: processBirth(Number(above)) };
}

function runEntry(entry, args) {
  const leaveWithParent = new URL('./leave-with-parent.mjs', import.meta.url).href;
  const child = spawn(ownNode, ['--import', leaveWithParent, resolve(root, entry), ...args], {
    cwd: root,
    // Every process of the product loads the same modules: compiled once, they load in half the time.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'), ...process.env },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const forwarded = new Set();
  const forward = (signal) => {
    // A terminal sends Ctrl-C to every process in it and npm passes it on as well: once is enough.
    if (forwarded.has(signal)) return;
    forwarded.add(signal);
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => forward(signal));
  // npm itself may be killed without a chance to pass anything on.
  const parent = process.ppid;
  const npm = npmAbove(parent);
  setInterval(() => {
    if (process.ppid !== parent || (npm && processBirth(npm.pid) !== npm.birth)) forward('SIGTERM');
  }, 1000).unref();
  child.on('error', (error) => {
    console.error(`${ownNode} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [entry, ...args] = process.argv.slice(2);
  if (!entry) {
    console.error('Usage: node stack/process/bootstrap.mjs <file.ts> [arguments]');
    process.exit(2);
  }
  if (Number(process.versions.node.split('.')[0]) < 20) {
    console.error(`Node ${process.versions.node} is too old: Node 20 or later is needed to begin with.`);
    process.exit(1);
  }
  await ensureInstalled();
  runEntry(entry, args);
}
