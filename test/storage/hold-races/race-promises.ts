/** What answers promise of a hold's scope in the race search, and whether it was kept. */
import { recordClassId } from '../../../domain/ids.ts';
import type { Placement } from '../../../storage/suspensions/place-suspension.ts';
import type { ClauseSpec } from './actions.ts';
import { BrokenPromise, type Hold, type Race, type ScopeOfRun } from './race-model.ts';
import {
  claimOf,
  controller,
  dayOfRun,
  faultOfObject,
  type RacedRecord,
  recordsOfIntents,
  subjectOf,
  whatIsLeft,
} from './race-store.ts';

const clauseOf = (
  { world, run, records }: Race,
  spec: ClauseSpec,
): ScopeOfRun['keyed'][number] & { spec: ClauseSpec } => {
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

/** A scope as the database takes it, and as the model reads it. */
export const scopeOf = (race: Race, specs: readonly ClauseSpec[]): ScopeOfRun => {
  const clauses = specs.map((spec) => clauseOf(race, spec));
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
export const checkPromises = async ({ world }: Race, of: readonly Hold[]): Promise<void> => {
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
export const promised = async (
  { world }: Race,
  { hold, known, answer }: { hold: Hold; known: readonly RacedRecord[]; answer: Placement | object },
): Promise<void> => {
  const inScope = known.filter((record) => hold.scope.covers(record));
  const left = await whatIsLeft(world, inScope);
  const lost = await recordsOfIntents(
    world,
    'beingErased' in answer ? answer.beingErased.map(({ intent }) => intent) : [],
  );
  // What has no rows left was gone before, and an answer cannot tell whose it was.
  for (const record of inScope) if (left.rows.has(record.id) && !lost.has(record.id)) hold.preserved.add(record);
};
