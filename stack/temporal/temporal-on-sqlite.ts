// Temporal's server and UI as its command-line program runs them, with a SQLite file: ready within a second. Production runs the server on
// Postgres (docker-compose.yml); `npm run test:production-shape` tries Oblio against that one.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import { temporalServes } from './temporal-client.ts';
import { dynamicSettings } from './temporal-configuration.ts';

/** How the server is started; without a port for the UI there is none. */
export type TemporalOnSqlitePlan = {
  binary: string;
  dataFolder: string;
  port: number;
  uiPort: number | undefined;
  timeTravel: 'refused' | 'allowed';
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** The server once it answers; `start` starts it again on the same data. */
export type RunningTemporalOnSqlite = {
  process: ManagedProcess;
  address: string;
  uiAddress: string | undefined;
  databaseFile: string;
  start: () => Promise<void>;
};

/** Prepares the process; `start` starts it and waits until server and UI answer. */
export const prepareTemporalOnSqlite = async (plan: TemporalOnSqlitePlan): Promise<RunningTemporalOnSqlite> => {
  const folder = join(plan.dataFolder, 'temporal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const databaseFile = join(folder, 'temporal.sqlite');
  const { uiPort } = plan;
  // What is committed survives a kill of the process; a power failure may cost the last moments, which the daily sweep finds and starts again.
  const pragmas = ['journal_mode=wal', 'synchronous=1'];
  const settings = Object.entries(dynamicSettings({ timeTravel: plan.timeTravel }));
  const managed = manageProcess(
    {
      name: 'Temporal server',
      command: plan.binary,
      args: [
        'server',
        'start-dev',
        '--ip=127.0.0.1',
        `--port=${plan.port}`,
        ...(uiPort === undefined ? ['--headless'] : [`--ui-port=${uiPort}`]),
        `--db-filename=${databaseFile}`,
        ...pragmas.map((pragma) => `--sqlite-pragma=${pragma}`),
        ...settings.flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${JSON.stringify(value)}`]),
        '--log-level=warn',
        '--log-format=json',
        '--disable-config-env',
        '--disable-config-file',
      ],
      environment: { PATH: process.env.PATH, HOME: plan.dataFolder, TZ: 'UTC' },
      cwd: folder,
      logFile: join(plan.dataFolder, 'logs', 'temporal.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMilliseconds: 3_000,
    },
    plan.onUnexpectedEnd,
  );
  const address = `127.0.0.1:${plan.port}`;
  const uiAddress = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
  const answers = async (): Promise<boolean> =>
    (await temporalServes(address)) &&
    (uiAddress === undefined || (await fetch(uiAddress, { signal: AbortSignal.timeout(2_000) })).ok);
  const start = async (): Promise<void> => {
    managed.start();
    await waitUntilReady(managed, answers, 60_000);
  };
  return { process: managed, address, uiAddress, databaseFile, start };
};
