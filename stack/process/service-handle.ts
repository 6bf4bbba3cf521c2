// One service of a running stack as drills see it: it can be killed and started again, in this process or through the control port of another.

import type { EndSignal, ManagedProcess } from './managed-process.ts';

/** The services that can be killed and restarted one by one. */
export const drillNames = ['postgres', 'temporal', 'store'] as const;

/** A service that drills may kill. */
export type DrillName = (typeof drillNames)[number];

/** A service as drills have it in hand. */
export type ServiceHandle = {
  pid(): Promise<number | undefined>;
  /** Sends the signal and waits for the end. */
  kill(signal: EndSignal): Promise<void>;
  /** Starts it again on the same port and data (after an orderly stop if it still runs) and waits until it answers. */
  restart(): Promise<void>;
};

/** The handle of a process of this very process. */
export function localHandle(managed: ManagedProcess, start: () => Promise<void>): ServiceHandle {
  return {
    pid: async () => managed.pid(),
    kill: (signal) => managed.kill(signal),
    restart: async () => {
      await managed.stop();
      await start();
    },
  };
}
