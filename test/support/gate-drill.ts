/** Kills a gate with SIGKILL at a named step, as a machine that loses its power would. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import type { World } from './world.ts';

export type KillGateInput = {
  readonly unitId: UnitId;
  readonly now: Instant;
  readonly limit: number;
  readonly step: GateStep;
  /** At which passage of the step; the second is in the second chunk. */
  readonly passage?: number;
};

/**
 * Waits until Postgres has noticed that the killed gate is gone. On a busy machine that takes a moment, in which its session still
 * holds the unit's lock, and the next gate is rightly told that the unit is busy.
 */
const sessionsEnd = async (world: World): Promise<void> => {
  for (;;) {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity WHERE application_name = 'gate-drill' AND datname = current_database()`.execute(
      world.superuser(),
    );
    if (rows.length === 0) return;
    await sleep(20);
  }
};

/** Lets a gate erase a unit in a process of its own and kills it at the step. Fails if it never gets there. */
export const killGateAt = async (world: World, { step, passage = 1, ...input }: KillGateInput): Promise<void> => {
  const settings = {
    ...input,
    databaseUrl: world.environment.OBLIO_GATE_DATABASE_URL,
    store: world.storeSettings('gate'),
    dieAt: { step, passage },
  };
  const child = fork(join(import.meta.dirname, 'gate-process.ts'), [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8');
  });
  const ended = once(child, 'exit');
  const arrived = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
  child.kill('SIGKILL');
  await ended;
  await sessionsEnd(world);
  if (!arrived) throw new Error(`The gate ended before it came to ${step}: ${complaint}`);
};
