// The Temporal UI of the local stack: for looking, not for changing; decisions go through the API, where roles and the audit trail are.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import { projectRoot } from '../process/project.ts';

/** The UI's configuration, the same as in production; its values come from the environment. */
const configurationFolder = join(projectRoot, 'deploy', 'temporal-ui');

/** How the UI is started, and which server it shows. */
export type TemporalUiPlan = {
  binary: string;
  dataFolder: string;
  port: number;
  temporalAddress: string;
  namespace: string;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** The UI once it answers. */
export type RunningTemporalUi = { process: ManagedProcess; address: string; start: () => Promise<void> };

/** Prepares the UI; `start` starts it and waits until it serves its page. */
export async function prepareTemporalUi(plan: TemporalUiPlan): Promise<RunningTemporalUi> {
  const folder = join(plan.dataFolder, 'temporal-ui');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const address = `http://127.0.0.1:${plan.port}`;
  const managed = manageProcess(
    {
      name: 'Temporal UI',
      command: plan.binary,
      args: ['--root', configurationFolder, '--config', '.', '--env', 'production', 'start'],
      environment: {
        PATH: process.env.PATH,
        HOME: plan.dataFolder,
        TEMPORAL_ADDRESS: plan.temporalAddress,
        TEMPORAL_UI_PORT: String(plan.port),
        TEMPORAL_NAMESPACE: plan.namespace,
      },
      cwd: folder,
      logFile: join(plan.dataFolder, 'logs', 'temporal-ui.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMilliseconds: 5_000,
    },
    plan.onUnexpectedEnd,
  );
  const start = async (): Promise<void> => {
    managed.start();
    await waitUntilReady(
      managed,
      async () => (await fetch(address, { signal: AbortSignal.timeout(2_000) })).ok,
      30_000,
    );
  };
  return { process: managed, address, start };
}
