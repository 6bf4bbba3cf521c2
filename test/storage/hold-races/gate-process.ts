/**
 * The process that runs the gate for the race search: stops at every line of a chunk until it is told to go on, so that the search
 * chooses the interleaving, and can be killed at any of them. Mutants live here, around the gate's connections.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from 'pg';
import { instantFromEpoch } from '../../../domain/time/instant.ts';
import { openDatabase } from '../../../storage/database/database.ts';
import { createErasureGate, type GateStep } from '../../../storage/erasure-gate/index.ts';
import type { FromGate, GateMutant, ToGate } from './gate-messages.ts';

type Execution = { readonly id: number; freely: boolean; snapshot?: Client };
const executions = new AsyncLocalStorage<Execution>();
const waiting = new Map<number, (freely: boolean) => void>();

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const url = variable('OBLIO_GATE_DATABASE_URL');
const mutant = process.env.RACE_MUTANT as GateMutant | undefined;
const say = (message: FromGate): void => {
  process.send?.(message);
};

/** For the mutant that reads outside: what was there when the chunk began, for as long as the chunk lasts. */
const openSnapshot = async (execution: Execution): Promise<void> => {
  const snapshot = new Client({ connectionString: url, application_name: 'race-gate', options: '-c timezone=UTC' });
  snapshot.on('error', () => undefined);
  await snapshot.connect();
  await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await snapshot.query('SELECT count(*) FROM suspension');
  execution.snapshot = snapshot;
};

/** Spoils every connection of this process: the fence is left out, or suspensions are read as they were before the transaction. */
const spoilConnections = (which: GateMutant): void => {
  const honest: (...args: unknown[]) => unknown = Client.prototype.query;
  const spoilt = function (this: Client, text: unknown, ...rest: readonly unknown[]): unknown {
    if (typeof text !== 'string') return Reflect.apply(honest, this, [text, ...rest]);
    if (which === 'without-fence' && text.includes('pg_advisory_xact_lock_shared')) {
      return Reflect.apply(honest, this, ['SELECT 1']);
    }
    const snapshot = executions.getStore()?.snapshot;
    if (which === 'suspensions-read-outside' && text.includes('suspension_clause') && snapshot && snapshot !== this) {
      // Read with the parsers of the connection that asked.
      Reflect.set(snapshot, '_types', Reflect.get(this, '_types'));
      return Reflect.apply(honest, snapshot, [text, ...rest]);
    }
    return Reflect.apply(honest, this, [text, ...rest]);
  };
  Reflect.set(Client.prototype, 'query', spoilt);
};
if (mutant !== undefined) spoilConnections(mutant);

const atStep = async (step: GateStep): Promise<void> => {
  const execution = executions.getStore();
  if (execution === undefined) return;
  if (mutant === 'suspensions-read-outside' && step === 'candidates-read') await openSnapshot(execution);
  if (execution.freely) return;
  say({ kind: 'stopped', execution: execution.id, step });
  execution.freely = await new Promise<boolean>((resolve) => waiting.set(execution.id, resolve));
};

const gate = createErasureGate({
  db: openDatabase({ url, applicationName: 'race-gate', maxConnections: 8 }),
  store: {
    endpoint: variable('S3_ENDPOINT'),
    region: variable('S3_REGION'),
    bucket: variable('S3_BUCKET'),
    accessKey: variable('S3_GATE_ACCESS_KEY'),
    secretKey: variable('S3_GATE_SECRET_KEY'),
  },
  clock: () => instantFromEpoch(Date.now()),
  timeTravel: 'allowed',
  atStep,
});

const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : error instanceof Error ? error.message : 'unknown';
};

const erase = async (message: Extract<ToGate, { kind: 'erase' }>): Promise<void> => {
  const { execution: id, unitId, now, limit, cursor } = message;
  const execution: Execution = { id, freely: false };
  await executions.run(execution, async () => {
    try {
      const basis = { kind: 'retention-period-ended' } as const;
      const result = await gate.eraseNextChunk({
        unitId,
        now,
        limit,
        basis,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const atEnd = result.kind === 'chunk' && result.cursor === undefined;
      const closed = atEnd && (await gate.closeUnit({ unitId, now })).kind === 'closed';
      say({ kind: 'ended', execution: id, result, closed });
    } catch (error) {
      say({ kind: 'broke', execution: id, code: codeOf(error) });
    } finally {
      await execution.snapshot?.end().catch(() => undefined);
    }
  });
};

process.on('message', (message: ToGate) => {
  if (message.kind === 'go') {
    const resume = waiting.get(message.execution);
    waiting.delete(message.execution);
    resume?.(message.freely);
  } else {
    void erase(message);
  }
});
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready' });
