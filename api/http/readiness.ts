/** What the services say when they are asked, each with a deadline of its own. Asked again for every question, but not all at once. */
import { checkDatabase } from '../../storage/database/database.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import type { ApiDeps } from './context.ts';
import { askTemporal } from './outages.ts';

/** Whether a service answered in time; why it did not is in the log of the process, not in the answer. */
export type ServiceState = 'up' | 'down';

/** `ready`: all is well. `degraded`: records are taken in, procedures wait. `not-ready`: records cannot be taken in. */
export type Readiness = {
  readonly status: 'ready' | 'degraded' | 'not-ready';
  readonly services: {
    readonly database: ServiceState;
    readonly objectStore: ServiceState;
    readonly temporal: ServiceState;
  };
};

const deadlineMs = 3_000;
/** Answers are kept this long, so that being asked often costs the services nothing. */
const keptMs = 1_000;

const within = async (asked: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The service did not answer in time')), deadlineMs);
  });
  await Promise.race([asked, late]).finally(() => clearTimeout(timer));
};

/** Makes the question. Temporal being away degrades and nothing more: the intent to start workflows waits in Postgres (I1). */
export const createReadiness = (
  deps: Pick<ApiDeps, 'database' | 'objectStore' | 'temporal' | 'logger'>,
): (() => Promise<Readiness>) => {
  const state = async (service: string, asked: () => Promise<unknown>): Promise<ServiceState> => {
    try {
      await within(asked());
      return 'up';
    } catch (error) {
      deps.logger.warn({ service, error: describeError(error) }, 'a service does not answer');
      return 'down';
    }
  };
  const ask = async (): Promise<Readiness> => {
    const [database, objectStore, temporal] = await Promise.all([
      state('database', () => checkDatabase(deps.database)),
      state('objectStore', () => deps.objectStore.check()),
      state('temporal', () => askTemporal(deps, (client) => client.workflowService.getSystemInfo({}))),
    ]);
    const essential = database === 'up' && objectStore === 'up';
    return {
      status: !essential ? 'not-ready' : temporal === 'up' ? 'ready' : 'degraded',
      services: { database, objectStore, temporal },
    };
  };
  let kept: { readonly answer: Promise<Readiness>; readonly until: number } | undefined;
  return () => {
    if (kept === undefined || performance.now() >= kept.until) {
      kept = { answer: ask(), until: performance.now() + keptMs };
    }
    return kept.answer;
  };
};
