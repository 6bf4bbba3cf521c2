/**
 * The gate: the single way to destroy (I5). Everything that deletes a record's row or removes an object is in this folder, works
 * with the gate's own login and credentials, and leaves a ledger before and a certificate after. What a caller may ask of it is
 * what this file returns.
 */
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { openObjectStore } from '../objects/object-store.ts';
import type { StoreSettings } from '../objects/store-client.ts';
import { type CloseUnitInput, type CloseUnitResult, closeUnit } from './close-unit.ts';
import type { EraseNextChunkInput, EraseNextChunkResult, GateStep, GateTools } from './contracts.ts';
import { openDestroyingStore } from './destroying-store.ts';
import { type EraseAbandonedInput, type EraseAbandonedResult, eraseAbandonedObjects } from './erase-abandoned.ts';
import { type EraseAgainInput, type EraseAgainResult, eraseAgain } from './erase-again.ts';
import { eraseNextChunk } from './erase-next-chunk.ts';

export type {
  EraseBasis,
  EraseNextChunkInput,
  EraseNextChunkResult,
  GateStep,
} from './contracts.ts';
export { gateSteps } from './contracts.ts';
export type { EraseAbandonedInput, EraseAbandonedResult } from './erase-abandoned.ts';
export type { EraseAgainInput, EraseAgainResult } from './erase-again.ts';
export { defaultChunkSize } from './erase-next-chunk.ts';

/** What the gate is opened with: logins and credentials that no other part of Oblio has. */
export type ErasureGateDeps = {
  /** Opened with OBLIO_GATE_DATABASE_URL. Each chunk keeps one of its connections. */
  readonly db: Database;
  /** With the gate's credentials. */
  readonly store: StoreSettings;
  /** The real clock. */
  readonly clock: () => Instant;
  /** OBLIO_TIME_TRAVEL: whether `now` may be ahead of the clock. */
  readonly timeTravel: 'refused' | 'allowed';
  /** Named lines for tests that stop a chunk there. */
  readonly atStep?: (step: GateStep) => Promise<void>;
};

/** All that may be asked of the gate. */
export type ErasureGate = {
  /**
   * Erases the next chunk of a unit: intent, objects, rows, read-back, certificate. Rejects when the database or the store does not
   * answer; calling again goes on from the ledger. Repeating any call destroys nothing twice and certifies nothing twice (I9).
   */
  readonly eraseNextChunk: (input: EraseNextChunkInput) => Promise<EraseNextChunkResult>;
  /** Closes a unit of which nothing is left. */
  readonly closeUnit: (input: CloseUnitInput) => Promise<CloseUnitResult>;
  /** Removes what broken-off uploads left in the store. */
  readonly eraseAbandonedObjects: (input: EraseAbandonedInput) => Promise<EraseAbandonedResult>;
  /** Erases again what a restored backup brought back, by the ledger. */
  readonly eraseAgain: (input: EraseAgainInput) => Promise<EraseAgainResult>;
};

/** Makes the gate. What holds it can destroy, so it is handed out in one place only: the erasure queue's activities. */
export const createErasureGate = (deps: ErasureGateDeps): ErasureGate => {
  const { db, clock, timeTravel } = deps;
  const tools: GateTools = {
    db,
    store: openObjectStore(deps.store),
    destroyingStore: openDestroyingStore(deps.store),
    clock,
    atStep: deps.atStep ?? (async () => undefined),
  };
  // Where time travel is refused, nothing is taken for old by a clock that is ahead of the real one.
  const notAhead = <Input extends { readonly now: Instant }>(input: Input): Input =>
    timeTravel === 'refused' && input.now > clock() ? { ...input, now: clock() } : input;
  return {
    eraseNextChunk: (input) => eraseNextChunk({ ...tools, timeTravel }, input),
    closeUnit: (input) => closeUnit(db, notAhead(input)),
    eraseAbandonedObjects: (input) => eraseAbandonedObjects(tools, notAhead(input)),
    eraseAgain: (input) => eraseAgain(tools, notAhead(input)),
  };
};
