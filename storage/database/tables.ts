/**
 * All tables as Kysely sees them. Each folder owns the types of its own tables; rows stay inside `storage`: what leaves it is a
 * domain type. Instants are `Date` objects on the wire of the driver; local dates stay text (the pool turns off the driver's own parsing).
 */
import type { AuditTables } from '../audit/tables.ts';
import type { ErasureTables } from '../erasure-gate/tables.ts';
import type { ExecutionTables } from '../execution/tables.ts';
import type { HoldNoticeTables } from '../hold-notices/tables.ts';
import type { LetterTables } from '../letters/tables.ts';
import type { ManifestTables } from '../manifests/tables.ts';
import type { ObjectTables } from '../objects/tables.ts';
import type { PackageTables } from '../packages/tables.ts';
import type { PolicyTables } from '../policies/tables.ts';
import type { RecipientTables } from '../recipients/tables.ts';
import type { RecordTables } from '../records/tables.ts';
import type { RedatingTables } from '../redating/tables.ts';
import type { RequestTables } from '../requests/tables.ts';
import type { SealingTables } from '../sealing/tables.ts';
import type { SuspensionTables } from '../suspensions/tables.ts';
import type { SweepTables } from '../sweep/tables.ts';
import type { UnitTables } from '../units/tables.ts';

/** The tables of all folders. */
export type Tables = AuditTables &
  ErasureTables &
  ExecutionTables &
  HoldNoticeTables &
  LetterTables &
  ManifestTables &
  ObjectTables &
  PackageTables &
  PolicyTables &
  RecipientTables &
  RecordTables &
  RedatingTables &
  RequestTables &
  SealingTables &
  SuspensionTables &
  SweepTables &
  UnitTables;
