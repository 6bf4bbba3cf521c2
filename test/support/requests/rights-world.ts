/**
 * API and worker of rights requests on the real services, in this process: the worker is the one of production, with every activity it
 * has. What a story is about is registered as records before its message comes.
 */
import { pino } from 'pino';
import { type ControllerId, type RecordId, recordClassId, recordId } from '../../../domain/ids.ts';
import { codiceFiscaleCheckCharacter } from '../../../domain/subject/codice-fiscale.ts';
import { days, hours } from '../../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../../domain/time/instant.ts';
import type { RunningServices } from '../../../stack/services/running-services.ts';
import { appOfWorld } from '../app-of-world.ts';
import { handInOne } from '../records.ts';
import { place } from '../suspensions.ts';
import { startWorker, type TestWorker, worldClient } from '../temporal.ts';
import { createWorld, type World } from '../world.ts';

/** A record that a story begins with: its class, the last day of its period, whether a hold keeps it, what it says. */
export type HeldRecord = {
  readonly recordClass: string;
  readonly boundDay: string;
  readonly held: boolean;
  readonly text?: string;
};

/** A record of the person who asks. */
export const heldRecord = (
  recordClass: string,
  boundDay: string,
  { held = false, text }: { readonly held?: boolean; readonly text?: string } = {},
): HeldRecord => ({ recordClass, boundDay, held, ...(text === undefined ? {} : { text }) });

export type Identifier = { readonly kind: string; readonly value: string };

let people = 0;
const letters = 'BCDFGLMNPRST';

/** The codice fiscale of somebody whom no other story knows. */
export const newCodiceFiscale = (): string => {
  people += 1;
  const digits = String(people).padStart(6, '0');
  const name = [...digits].map((digit) => letters[Number(digit)]).join('');
  const fifteen = `${name}80A01H501`;
  return `${fifteen}${codiceFiscaleCheckCharacter(fifteen)}`;
};

/** When the trigger event was, so that the period ends on the day. */
const triggerOf = (world: World, controller: ControllerId, { recordClass, boundDay }: HeldRecord): Instant => {
  const policy = world.policies.find((loaded) => loaded.policy.controller === controller)?.policy;
  const rule = policy?.recordClasses.find(({ id }) => id === recordClass)?.rule;
  if (rule?.kind !== 'at-most') throw new Error('Only classes with a ceiling are told of here');
  const [, years = '0'] = /^P(\d+)Y$/.exec(rule.period) ?? [];
  const [, months = '0'] = /^P(\d+)M$/.exec(rule.period) ?? [];
  const day = new Date(`${boundDay}T10:00:00Z`);
  day.setUTCMonth(day.getUTCMonth() - 12 * Number(years) - Number(months));
  return instant(day.toISOString());
};

/** Registers what the person left behind, as sources do. */
export const registerHeld = async (
  world: World,
  input: {
    readonly controller: ControllerId;
    readonly identifiers: readonly Identifier[];
    readonly records: readonly HeldRecord[];
    readonly receivedAt: Instant;
  },
): Promise<readonly RecordId[]> => {
  const { controller, identifiers, records, receivedAt } = input;
  const ids: RecordId[] = [];
  for (const record of records) {
    const triggerAt = triggerOf(world, controller, record);
    const { recordId: id } = await handInOne(world, {
      controller,
      recordClass: recordClassId(record.recordClass),
      triggerAt,
      now: instantPlus(receivedAt, -days(1)),
      subjects: () => identifiers.filter(({ kind }) => kind === 'codice-fiscale'),
      ...(record.text === undefined ? {} : { text: () => record.text ?? '' }),
    });
    if (record.held) {
      await place(world, { controller, scope: [{ record: recordId(id) }], now: instantPlus(receivedAt, -hours(1)) });
    }
    ids.push(id);
  }
  return ids;
};

/** What a world's clock shows when it is created, some months before the first message of the stories. */
const storiesBegin = instant('2026-12-01T08:00:00Z');

/** Starts everything; `close()` in `afterAll`. */
export const createRightsWorld = async (
  label: string,
  {
    services,
    worker = 'here',
    policies: folder,
    today = storiesBegin,
  }: {
    /** Services of the test's own, if it kills them. */
    readonly services?: RunningServices;
    /** `elsewhere`: the test runs the worker itself, as a process that it can kill. */
    readonly worker?: 'here' | 'elsewhere';
    /** A folder of policies; the repository's own if absent. */
    readonly policies?: string;
    /** What the world's clock shows at first; `real`: what the real one shows. */
    readonly today?: Instant | 'real';
  } = {},
) => {
  const world = await createWorld({
    label,
    ...(services === undefined ? {} : { services }),
    ...(folder === undefined ? {} : { policies: folder }),
    ...(today === 'real' ? {} : { today }),
  });
  const startOne = (): Promise<TestWorker> =>
    startWorker(world, folder === undefined ? {} : { environment: { OBLIO_POLICIES: folder } });
  const { client, queuePrefix } = await worldClient(world);
  const policies = new Map(world.policies.map(({ policy }) => [String(policy.controller), policy]));
  const logged: string[] = [];
  const workers: TestWorker[] = worker === 'here' ? [await startOne()] : [];
  const app = appOfWorld(world, {
    policies,
    temporal: { client, queuePrefix },
    logger: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
  });
  return {
    world,
    app,
    client,
    policies,
    /** Everything the API warned of and the worker logged. */
    logged: (): string => [...logged, ...workers.map((one) => one.log())].join(''),
    /** What failed in the worker in a way nobody foresaw. */
    failures: (): readonly string[] =>
      workers.flatMap((one) =>
        one
          .log()
          .split('\n')
          .filter((line) => line.includes('"activity-failed"')),
      ),
    stopWorker: async () => {
      await workers.at(-1)?.stop();
    },
    startWorker: async () => {
      workers.push(await startOne());
    },
    close: () => world.close(),
  };
};

export type RightsWorld = Awaited<ReturnType<typeof createRightsWorld>>;
