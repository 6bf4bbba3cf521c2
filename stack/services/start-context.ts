// What the starters of the single services share while a stack starts.

import type { Durability } from '../postgres/postgres.ts';
import type { EndSignal, UnexpectedEnd } from '../process/managed-process.ts';
import type { InternalPorts, PublicPorts } from '../process/ports.ts';
import type { ServiceHandle } from '../process/service-handle.ts';
import type { ProgramName } from '../programs/programs.ts';
import type { ResolvedProgram } from '../programs/resolve-programs.ts';
import type { ChosenServices } from './chosen-services.ts';
import type { Credentials } from './credentials.ts';
import type { StackSettings } from './settings.ts';

/** Settings, ports, secrets and programs of the stack that is being started. */
export type StartContext = {
  dataFolder: string;
  settings: StackSettings;
  ports: PublicPorts;
  internalPorts: InternalPorts;
  /** The store and the Temporal of this data folder. */
  chosen: ChosenServices;
  credentials: Credentials;
  timeTravel: 'refused' | 'allowed';
  durability: Durability;
  historyShards: number;
  maxConnections: number;
  /** Whether an embedded Postgres runs: for Oblio, for Temporal, or for both. */
  withPostgres: boolean;
  withTemporalUi: boolean;
  program: (name: ProgramName) => ResolvedProgram;
  log: (line: string) => void;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
  /** Remembers what has to be stopped. */
  atStop: (stop: () => Promise<void>) => void;
  /** The same for what the others stand on. */
  atStopLast: (stop: () => Promise<void>) => void;
};

/** A service of the stack: its description for others and, if it is ours, the handle to kill and restart it. */
export type Started<Description> = { description: Description; handle?: ServiceHandle };

/** The handle on a service that this stack does not run. */
export function absentHandle(name: string): ServiceHandle {
  const refuse = async (_signal?: EndSignal): Promise<never> => {
    throw new Error(`${name} runs elsewhere and is not in the hands of this stack.`);
  };
  return { pid: async () => undefined, kill: refuse, restart: refuse };
}
