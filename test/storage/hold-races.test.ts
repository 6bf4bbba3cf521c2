/**
 * I4 under every interleaving we can think of: random courses of registering, placing, changing, releasing, erasing line by line,
 * killed processes and cut connections, against what the answers promised. `npm run search:races -- --runs 5000` looks longer.
 */
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hours } from '../../domain/time/duration.ts';
import { createWorld, type World } from '../support/world.ts';
import { actions } from './hold-races/actions.ts';
import { createGateHandle, type GateHandle } from './hold-races/gate-handle.ts';
import type { GateMutant } from './hold-races/gate-messages.ts';
import { BrokenPromise } from './hold-races/race-model.ts';
import { carryOutRun } from './hold-races/race-run.ts';

const runs = Number(process.env.OBLIO_RACE_RUNS ?? 30);
const seed = process.env.OBLIO_RACE_SEED === undefined ? Date.now() % 2 ** 31 : Number(process.env.OBLIO_RACE_SEED);

let world: World;
let run = 0;

beforeAll(async () => {
  world = await createWorld({ label: 'race-search' });
});
afterAll(() => world.close());

type SearchInput = {
  readonly numRuns: number;
  readonly seed: number;
  readonly mutant?: GateMutant;
  readonly forgetsToWake?: boolean;
  readonly shrink: boolean;
};

const search = async ({ numRuns, seed, mutant, forgetsToWake, shrink }: SearchInput) => {
  const gate: GateHandle = createGateHandle(world.environment, mutant);
  try {
    return await fc.check(
      fc.asyncProperty(actions, async (course) => {
        run += 1;
        await carryOutRun({ world, gate, run, actions: course, ...(forgetsToWake && { forgetsToWake }) });
      }),
      { numRuns, seed, endOnFailure: !shrink },
    );
  } finally {
    await gate.stop();
  }
};

describe('I4: no erasure outruns a hold', () => {
  test(
    'no course of events breaks what an answer promised, forgets a record, or certifies one twice',
    async () => {
      const details = await search({ numRuns: runs, seed, shrink: true });
      process.stdout.write(`race search: ${details.numRuns} runs, seed ${seed}\n`);
      expect(details.failed, fc.defaultReportMessage(details) ?? '').toBe(false);
      const { rows } = await sql<{ twice: number }>`
        SELECT count(*)::int AS twice FROM (
          SELECT certificate.intent_id FROM disposition_certificate certificate
          JOIN erasure_item item ON item.intent_id = certificate.intent_id
          GROUP BY certificate.intent_id, certificate.records_gone HAVING count(*) <> certificate.records_gone) wrong
      `.execute(world.database('owner'));
      expect(rows).toEqual([{ twice: 0 }]);
    },
    hours(24),
  );

  const findsTheFault = async (fault: Pick<SearchInput, 'mutant' | 'forgetsToWake'>): Promise<string> => {
    // A fault that the search finds only with luck is not found: fixed seeds, so that it is found each time.
    const details = await search({ numRuns: 400, seed: 20_261_121, shrink: false, ...fault });
    expect(details.failed).toBe(true);
    const { errorInstance } = details;
    if (!(errorInstance instanceof BrokenPromise)) throw errorInstance;
    process.stdout.write(`found after ${details.numRuns} runs: ${errorInstance.message}\n`);
    return errorInstance.message;
  };

  test('the search finds the fault when the gate does not take the fence', async () => {
    expect(await findsTheFault({ mutant: 'without-fence' })).toMatch(/^preserved by a hold, and/);
  }, 600_000);

  test('the search finds the fault when suspensions are read outside of the transaction', async () => {
    expect(await findsTheFault({ mutant: 'suspensions-read-outside' })).toMatch(/^preserved by a hold, and/);
  }, 600_000);

  test('the search finds the fault when a release forgets to wake what waited', async () => {
    expect(await findsTheFault({ forgetsToWake: true })).toMatch(/^nothing keeps it/);
  }, 600_000);
});
