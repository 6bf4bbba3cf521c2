/** Services that one drill has for itself: what it kills reaches no other test, and everything they leave behind can be searched. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remoteHandles } from '../../../stack/process/control-server.ts';
import type { DrillName, ServiceHandle } from '../../../stack/process/service-handle.ts';
import type { RunningServices } from '../../../stack/services/running-services.ts';
import { startOwnStack } from '../../stack/own-stack.ts';

export type OwnServices = {
  readonly running: RunningServices;
  readonly handles: Record<DrillName, ServiceHandle>;
  readonly stop: () => Promise<void>;
};

export const startOwnServices = async (): Promise<OwnServices> => {
  const folder = mkdtempSync(join(tmpdir(), 'oblio-drill-'));
  const { keeper, running, ended } = await startOwnStack(folder);
  return {
    running,
    handles: remoteHandles(running),
    stop: async () => {
      keeper.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
