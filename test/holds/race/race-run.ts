/**
 * One run of the race search: carries out a course of events on the real database and store, keeps a small model of what the
 * answers promised, and says what broke a promise. The search decides who moves: the gate stands still at every line of a chunk.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import type { HoldWalk } from '../../../activities/hold-contracts.ts';
import { walkHold } from '../../../activities/hold-walk.ts';
import { recordClassId, type SuspensionId, suspensionId, type UnitId } from '../../../domain/ids.ts';
import { type Instant, instant } from '../../../domain/instant.ts';
import { localDate } from '../../../domain/local-date.ts';
import { previewScopeChange, widenScope } from '../../../storage/suspensions/change-scope.ts';
import type { KeyedScope } from '../../../storage/suspensions/clause-rows.ts';
import { flagArrivedObjects } from '../../../storage/suspensions/flag-arrived-objects.ts';
import { type LegalHoldStore, openLegalHoldStore } from '../../../storage/suspensions/legal-hold-store.ts';
import { type Placement, placeSuspension } from '../../../storage/suspensions/place-suspension.ts';
import { readSuspension } from '../../../storage/suspensions/read-suspension.ts';
import { askForRelease, decideRequest } from '../../../storage/suspensions/requests.ts';
import { runOnce } from '../../../storage/suspensions/run-once.ts';
import { realNow, type World } from '../../support/world.ts';
import type { Action, ClauseSpec } from './actions.ts';
import type { Execution, GateHandle } from './gate-handle.ts';
import {
  claimOf,
  controller,
  dayOfRun,
  faultOfObject,
  flagsOf,
  type RacedRecord,
  recordsOfIntents,
  register,
  subjectOf,
  upload,
  whatIsLeft,
} from './race-store.ts';

/** Later than every bound of a run: each unit is due. */
const afterEverything: Instant = instant('2900-01-01T00:00:00Z');
const lawyers = [
  { id: 'lawyer-1', role: 'legal' },
  { id: 'lawyer-2', role: 'legal' },
] as const;

type Unit = {
  readonly id: UnitId;
  execution: Execution | undefined;
  cursor: string | undefined;
  kept: number;
  failed: number;
  /** As its workflow: waits without a timer because something is kept. */
  asleep: boolean;
  called: boolean;
  closed: boolean;
};

type ScopeOfRun = { readonly keyed: KeyedScope; readonly covers: (record: RacedRecord) => boolean };

type Hold = {
  readonly id: SuspensionId;
  scope: ScopeOfRun;
  state: 'placing' | 'active' | 'changing' | 'releasing' | 'released';
  /** Records that an answer said are preserved. */
  readonly preserved: Set<RacedRecord>;
  working: boolean;
};

export type RunInput = {
  readonly world: World;
  readonly gate: GateHandle;
  readonly run: number;
  readonly actions: readonly Action[];
  /** The mutant that forgets: nobody is woken after a release. */
  readonly forgetsToWake?: boolean;
};

/** Something that must never be. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

const inTime = (work: Promise<unknown>, ms: number): Promise<unknown> =>
  Promise.race([work, sleep(ms, undefined, { ref: false })]);

/** Repeats what a cut connection interrupted, as a caller does. */
const untilAnswered = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      const cutOff =
        error instanceof Error &&
        /terminat|57P0|08\d{3}|ECONN|ETIMEDOUT|connection/i.test(`${String(code)} ${error.message}`);
      if (!cutOff || attempt === 30) throw error;
      await sleep(20 * attempt);
    }
  }
};

/** Carries the course of events out. Throws a `BrokenPromise` that says what went wrong. */
export const carryOutRun = async ({ world, gate, run, actions, forgetsToWake = false }: RunInput): Promise<void> => {
  const records: RacedRecord[] = [];
  const units = new Map<UnitId, Unit>();
  const holds: Hold[] = [];
  const pending = new Set<Promise<unknown>>();
  const api = world.database('api');
  const admin = world.storeClient('admin');
  const store: LegalHoldStore = openLegalHoldStore(world.storeSettings('worker'), world.store('worker'), 1_000);
  const claimMs = 3_000;

  const background = async (work: Promise<unknown>): Promise<void> => {
    const noted = work.finally(() => pending.delete(noted));
    // Its failure is seen when the run ends; until then nobody may call it unhandled.
    noted.catch(() => undefined);
    pending.add(noted);
    await inTime(noted, 40);
  };

  const clauseOf = (spec: ClauseSpec): ScopeOfRun['keyed'][number] & { spec: ClauseSpec } => {
    const record = spec.record === undefined ? undefined : records[spec.record % records.length];
    const { sealing } = world;
    const triggers = { from: dayOfRun(run, spec.from ?? 0), until: dayOfRun(run, spec.until ?? 10) };
    return {
      spec,
      ...(record && { record: record.id }),
      ...(spec.subject !== undefined && {
        subject: sealing.subjectKey({ controller, ...subjectOf(run, spec.subject) }),
      }),
      ...(spec.claim !== undefined && { attribute: sealing.attributeKey({ controller, ...claimOf(run, spec.claim) }) }),
      ...(spec.recordClass !== undefined && { recordClass: recordClassId(spec.recordClass), triggers }),
    };
  };

  const scopeOf = (specs: readonly ClauseSpec[]): ScopeOfRun => {
    const clauses = specs.map(clauseOf);
    return {
      keyed: clauses.map(({ spec: _spec, ...clause }) => clause),
      covers: (record) =>
        clauses.some(
          ({ spec, ...clause }) =>
            (clause.record === undefined || clause.record === record.id) &&
            (spec.subject === undefined || spec.subject === record.spec.subject) &&
            (spec.claim === undefined || spec.claim === record.spec.claim) &&
            (spec.recordClass === undefined || spec.recordClass === record.spec.recordClass) &&
            (clause.triggers?.from === undefined || clause.triggers.from <= record.triggerAt) &&
            (clause.triggers?.until === undefined || record.triggerAt < clause.triggers.until),
        ),
    };
  };

  /** Nothing that an answer promised may be gone or doomed while its hold is in force. */
  const checkPromises = async (of: readonly Hold[]): Promise<void> => {
    for (const hold of of) {
      const promised = [...hold.preserved];
      const left = await whatIsLeft(world, promised);
      for (const record of promised) {
        if (!left.rows.has(record.id)) throw new BrokenPromise(`preserved by a hold, and gone: ${record.id}`);
        if (left.doomed.has(record.id)) throw new BrokenPromise(`preserved by a hold, and being erased: ${record.id}`);
        for (const object of record.objects) {
          const fault = await faultOfObject(world, object);
          if (fault !== undefined) throw new BrokenPromise(`preserved by a hold, and ${fault}`);
        }
      }
    }
  };

  /** Notes what an answer promised: everything in scope that was known before, save what the answer lists as lost. */
  const promised = async (hold: Hold, known: readonly RacedRecord[], answer: Placement | object): Promise<void> => {
    const inScope = known.filter((record) => hold.scope.covers(record));
    const left = await whatIsLeft(world, inScope);
    const lost = await recordsOfIntents(
      world,
      'beingErased' in answer ? answer.beingErased.map(({ intent }) => intent) : [],
    );
    // What has no rows left was gone before, and an answer cannot tell whose it was.
    for (const record of inScope) if (left.rows.has(record.id) && !lost.has(record.id)) hold.preserved.add(record);
  };

  const place = async (scope: ScopeOfRun): Promise<void> => {
    const id = suspensionId(uuid());
    const hold: Hold = { id, scope, state: 'placing', preserved: new Set(), working: false };
    holds.push(hold);
    const known = [...records];
    const command = { controller, actor: lawyers[0].id, commandKey: id, request: { id }, now: realNow() };
    const result = await untilAnswered(() =>
      runOnce<Placement>(api, {
        ...command,
        readAnswer: (stored) => stored as Placement,
        carryOut: (tx) =>
          placeSuspension(tx, {
            suspensionId: id,
            controller,
            kind: 'litigation-hold',
            matterReference: `run ${run}`,
            legalBasis: 'Art. 17(3)(e)',
            reason: 'race',
            scope: scope.keyed,
            reviewOn: localDate('2030-01-01'),
            actor: lawyers[0],
            now: realNow(),
          }),
      }),
    );
    if (result.kind !== 'done') throw new BrokenPromise('the key of a command was taken');
    await promised(hold, known, result.answer);
    hold.state = 'active';
  };

  const change = async (hold: Hold, scope: ScopeOfRun): Promise<void> => {
    hold.state = 'changing';
    const known = [...records];
    const why = 'race';
    const given = { suspensionId: hold.id, controller };
    const widened = await untilAnswered(() =>
      api
        .transaction()
        .execute((tx) => widenScope(tx, { ...given, scope: scope.keyed, actor: lawyers[0], why, now: realNow() })),
    );
    if (widened.kind === 'narrows') {
      const leaving = [...hold.preserved].filter((record) => !scope.covers(record));
      await checkPromises([hold]);
      const preview = await previewScopeChange(api, {
        suspensionId: hold.id,
        scope: scope.keyed,
        now: afterEverything,
      });
      if (preview === undefined) throw new BrokenPromise('an active hold has no preview');
      const shown = { scope: scope.keyed, scopeRevision: preview.scopeRevision, shownDigest: preview.digest };
      const asked = await untilAnswered(() =>
        api
          .transaction()
          .execute((tx) =>
            askForRelease(tx, { ...given, actor: lawyers[0], reason: why, now: realNow(), narrowTo: shown }),
          ),
      );
      if (!('requestId' in asked)) throw new BrokenPromise(`a narrower scope cannot be asked for: ${asked.kind}`);
      for (const record of leaving) hold.preserved.delete(record);
      const decided = await untilAnswered(() =>
        api.transaction().execute((tx) =>
          decideRequest(tx, {
            ...given,
            requestId: asked.requestId,
            actor: lawyers[1],
            decision: 'confirm',
            shownDigest: preview.digest,
            why,
            now: realNow(),
          }),
        ),
      );
      if (decided.kind !== 'narrowed' && decided.kind !== 'decided-before') {
        throw new BrokenPromise(`a narrower scope was not confirmed: ${decided.kind}`);
      }
      hold.scope = scope;
      if (decided.kind === 'narrowed') await promised(hold, known, decided);
    } else {
      hold.scope = scope;
      if (widened.kind === 'changed') await promised(hold, known, widened);
    }
    hold.state = 'active';
  };

  const release = async (hold: Hold): Promise<void> => {
    await checkPromises([hold]);
    hold.state = 'releasing';
    hold.preserved.clear();
    const given = { suspensionId: hold.id, controller };
    const asked = await untilAnswered(() =>
      api
        .transaction()
        .execute((tx) => askForRelease(tx, { ...given, actor: lawyers[0], reason: 'race', now: realNow() })),
    );
    if (!('requestId' in asked)) throw new BrokenPromise(`a release cannot be asked for: ${asked.kind}`);
    const { requestId } = asked;
    const decision = { ...given, requestId, decision: 'confirm', why: 'race', now: realNow() } as const;
    const alone = await untilAnswered(() =>
      api.transaction().execute((tx) => decideRequest(tx, { ...decision, actor: lawyers[0] })),
    );
    if (alone.kind !== 'same-person') throw new BrokenPromise(`one person released alone: ${alone.kind}`);
    await untilAnswered(() => api.transaction().execute((tx) => decideRequest(tx, { ...decision, actor: lawyers[1] })));
    hold.state = 'released';
  };

  const wake = async (ids: readonly UnitId[]): Promise<void> => {
    if (forgetsToWake) return;
    for (const id of ids) {
      const unit = units.get(id);
      if (unit !== undefined) Object.assign(unit, { called: true, asleep: false });
    }
  };

  /** What the hold's workflow does, from reading the suspension to the end of its walks; it may die on the way. */
  const carryOut = async (hold: Hold, diesAfter = Number.POSITIVE_INFINITY): Promise<void> => {
    if (hold.working) return;
    hold.working = true;
    let calls = 0;
    let died = (): void => undefined;
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const mortal: LegalHoldStore = {
      callTimeoutMs: store.callTimeoutMs,
      setLegalHold: async (input) => {
        calls += 1;
        if (calls > diesAfter) {
          // A dead process neither asks the store nor writes anything down afterwards; half of them have asked.
          if (calls % 2 === 0) await store.setLegalHold(input);
          died();
          await new Promise(() => undefined);
        }
        return store.setLegalHold(input);
      },
    };
    const deps = {
      db: world.database('worker'),
      legalHolds: mortal,
      claimMs,
      signalUnits: ({ units: called }: { units: readonly UnitId[] }) => wake(called),
      tellCases: async () => undefined,
      heartbeat: () => undefined,
      limits: { page: 2, records: 4, objects: 4, units: 4 },
    };
    const walks = async (): Promise<void> => {
      for (;;) {
        const suspension = await readSuspension(deps.db, hold.id);
        if (suspension === undefined) return;
        const { scopeRevision, state } = suspension;
        const order: HoldWalk[] = state === 'released' ? ['lift', 'wake'] : ['lift', 'wake', 'cover', 'tell'];
        let outdated = false;
        for (const walk of order) {
          for (let more = true; more && !outdated; ) {
            const given = { suspensionId: hold.id, walk, scopeRevision, restart: false, now: realNow() };
            const { kind } = await walkHold(deps, given);
            more = kind === 'more';
            outdated = kind === 'outdated';
          }
        }
        if (!outdated) return;
      }
    };
    try {
      await Promise.race([walks(), death]);
    } finally {
      hold.working = false;
    }
  };

  /** A gate that breaks for any other reason than a cut connection proves nothing. */
  const unexpectedly = (code: string): void => {
    if (!/57P0|08\d{3}|ECONN|terminat|connection/i.test(code)) throw new Error(`the gate broke: ${code}`);
  };

  const outcomeOf = (unit: Unit): void => {
    const outcome = unit.execution?.outcome;
    if (outcome === undefined) return;
    unit.execution = undefined;
    if (outcome.kind === 'broke') unexpectedly(outcome.code);
    if (outcome.kind !== 'ended') {
      Object.assign(unit, { cursor: undefined, kept: 0, failed: 0 });
      return;
    }
    const { result } = outcome;
    if (result.kind === 'busy') return;
    if (result.kind === 'refused') throw new BrokenPromise(`the gate refused: ${result.reason}`);
    unit.kept += result.kept.records;
    unit.failed += result.failed.reduce((sum, { records: count }) => sum + count, 0);
    unit.cursor = result.cursor;
    if (result.cursor !== undefined) return;
    // The end of a walk over the unit: as its workflow, sleep if something is kept and nobody called meanwhile.
    unit.asleep = unit.kept > 0 && unit.failed === 0 && !unit.called;
    unit.closed = outcome.closed;
    Object.assign(unit, { kept: 0, failed: 0 });
  };

  const moveGate = async (unit: Unit, steps: number, freely = false): Promise<void> => {
    outcomeOf(unit);
    if (unit.execution === undefined) {
      if (unit.asleep || unit.closed) return;
      if (unit.cursor === undefined) unit.called = false;
      const { id: unitId, cursor } = unit;
      unit.execution = await gate.erase({ unitId, now: afterEverything, limit: 2, ...(cursor && { cursor }) });
    }
    for (let step = 0; step < steps && unit.execution?.outcome === undefined; step += 1) {
      if (unit.execution !== undefined) await gate.step(unit.execution, freely ? 500 : 30, freely);
    }
    outcomeOf(unit);
  };

  const takeIn = async (spec: RacedRecord['spec']): Promise<void> => {
    const inForce = holds.filter(({ state }) => state === 'active');
    const record = await register(world, run, spec);
    records.push(record);
    const unit = units.get(record.unitId);
    if (unit === undefined) {
      const fresh = { execution: undefined, cursor: undefined, kept: 0, failed: 0, asleep: false, called: false };
      units.set(record.unitId, { id: record.unitId, ...fresh, closed: false });
    } else {
      // A record that joins a unit past its bound is found by the sweep; here it is called at once.
      Object.assign(unit, { called: true, asleep: false, closed: false });
    }
    for (const hold of inForce) {
      if (hold.state === 'active' && hold.scope.covers(record)) hold.preserved.add(record);
    }
    for (let count = 0; count < spec.objects; count += 1) await upload(world, record);
  };

  const cut = async (of: 'gate' | 'worker'): Promise<void> => {
    const name = of === 'gate' ? 'race-gate' : 'test-worker';
    const { sql } = await import('kysely');
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${name} AND datname = current_database()`.execute(
      world.superuser(),
    );
  };

  const carry = async (action: Action): Promise<void> => {
    const heldBy = (pick: number, states: readonly Hold['state'][]): Hold | undefined => {
      const among = holds.filter(({ state }) => states.includes(state));
      return among[pick % Math.max(1, among.length)];
    };
    switch (action.kind) {
      case 'register':
        return takeIn(action.spec);
      case 'upload': {
        const record = records[action.record % Math.max(1, records.length)];
        if (record !== undefined) await upload(world, record);
        return;
      }
      case 'gate': {
        const unit = [...units.values()][action.unit % Math.max(1, units.size)];
        if (unit !== undefined) await moveGate(unit, action.steps);
        return;
      }
      case 'kill':
        await gate.kill();
        for (const unit of units.values()) outcomeOf(unit);
        return;
      case 'cut-connections':
        return cut(action.of);
      case 'place':
        if (records.length > 0) await background(place(scopeOf(action.scope)));
        return;
      case 'change': {
        const hold = heldBy(action.hold, ['active']);
        if (hold !== undefined) await background(change(hold, scopeOf(action.scope)));
        return;
      }
      case 'release': {
        const hold = heldBy(action.hold, ['active']);
        if (hold !== undefined) await background(release(hold));
        return;
      }
      case 'carry-out': {
        const hold = heldBy(action.hold, ['active', 'released']);
        if (hold !== undefined) await background(untilAnswered(() => carryOut(hold, action.diesAfter)));
        return;
      }
    }
  };

  /** Everybody goes on until nobody has anything to do. */
  const comeToRest = async (): Promise<void> => {
    for (let round = 0; round < 400; round += 1) {
      await Promise.all([...units.values()].map((unit) => moveGate(unit, 1, true)));
      const busy = [...units.values()].some((unit) => unit.execution !== undefined || !(unit.asleep || unit.closed));
      if (!busy && pending.size === 0) return;
    }
    throw new BrokenPromise('something never comes to rest');
  };

  for (const action of actions) await carry(action);
  // Nobody is left in the middle of a line before the holds are carried out: their walks wait for what they find.
  while (pending.size > 0 || [...units.values()].some(({ execution }) => execution !== undefined)) {
    const underWay = [...units.values()].filter(({ execution }) => execution !== undefined);
    await Promise.all([...underWay.map((unit) => moveGate(unit, 1, true)), inTime(Promise.all(pending), 50)]);
  }
  const flagArrived = async (): Promise<void> => {
    const deps = { db: world.database('worker'), legalHolds: store, claimMs };
    for (;;) {
      const { checked } = await untilAnswered(() => flagArrivedObjects(deps, { now: realNow() }));
      if (checked === 0) return;
    }
  };
  await flagArrived();
  for (const hold of holds) await untilAnswered(() => carryOut(hold));
  await flagArrived();
  await comeToRest();

  await checkPromises(holds.filter(({ state }) => state === 'active'));
  const left = await whatIsLeft(world, records);
  const inForce = holds.filter(({ state }) => state === 'active');
  for (const record of records) {
    const held = inForce.some((hold) => hold.scope.covers(record));
    const doomed = left.doomed.has(record.id);
    if (!held && left.rows.has(record.id))
      throw new BrokenPromise(`nothing keeps it, it is past its bound and still there: ${record.id}`);
    if (doomed && !left.certified.has(record.id)) throw new BrokenPromise(`erased without a certificate: ${record.id}`);
    if (!left.rows.has(record.id) && !doomed) throw new BrokenPromise(`gone without a trace: ${record.id}`);
    if (!left.rows.has(record.id)) continue;
    for (const { key } of record.objects) {
      const flags = await flagsOf(admin, world, key);
      const wanted = held ? 'ON' : 'OFF';
      if (flags.length === 0 || flags.some((flag) => flag !== wanted)) {
        throw new BrokenPromise(`the store's flag of ${key} is ${flags.join('/')} and should be ${wanted}`);
      }
    }
  }
};
