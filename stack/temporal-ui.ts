// The Temporal UI of the local stack: for looking, not for changing; decisions go through the API, where roles and the audit trail are.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from './managed-process.ts';

export type TemporalUiPlan = {
  binary: string;
  dataFolder: string;
  port: number;
  temporalAddress: string;
  namespace: string;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

export type RunningTemporalUi = { process: ManagedProcess; address: string; start: () => Promise<void> };

/** Prepares the UI; `start` starts it and waits until it serves its page. */
export async function prepareTemporalUi(plan: TemporalUiPlan): Promise<RunningTemporalUi> {
  const folder = join(plan.dataFolder, 'temporal-ui');
  await mkdir(join(folder, 'config'), { recursive: true, mode: 0o700 });
  const configuration = {
    temporalGrpcAddress: plan.temporalAddress,
    host: '127.0.0.1',
    port: plan.port,
    enableUi: true,
    defaultNamespace: plan.namespace,
    disableWriteActions: true,
    cors: { allowOrigins: [`http://127.0.0.1:${plan.port}`, `http://localhost:${plan.port}`] },
  };
  await writeFile(join(folder, 'config', 'local.yaml'), JSON.stringify(configuration, null, 2));
  const address = `http://127.0.0.1:${plan.port}`;
  const managed = manageProcess(
    {
      name: 'Temporal UI',
      command: plan.binary,
      args: ['--root', folder, '--config', 'config', '--env', 'local', 'start'],
      environment: { PATH: process.env.PATH, HOME: plan.dataFolder },
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
