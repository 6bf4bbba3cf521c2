/**
 * Access packages as rows of the case file: begun once, stored once (I9). What a package is made of is written down when it is begun,
 * so that an attempt after a crash makes the same one.
 */

import type { Selectable } from 'kysely';
import { given } from '../../domain/given.ts';
import type { ControllerId, ObjectId, RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { StoredObject } from '../objects/record-objects.ts';
import type { AccessPackageTable } from './tables.ts';

/** What a package is made of. */
export type PackagePlan = {
  readonly packageId: string;
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly manifestId: string;
  readonly letterId: string | undefined;
  readonly variant: 'access' | 'portability';
};

/** What a stored package turned out to be. */
export type PackageResult = {
  readonly recordId: RecordId;
  readonly objectId: ObjectId;
  readonly size: number;
  readonly sha256: Buffer;
  /** Files in it, those of the lists included. */
  readonly files: number;
  /** Records that it contains. */
  readonly records: number;
};

/** A package, with its result once it is stored. */
export type AccessPackage = PackagePlan & {
  readonly begunAt: Instant;
  readonly result?: PackageResult & { readonly storedAt: Instant };
};

const toResult = (row: Selectable<AccessPackageTable>): AccessPackage['result'] =>
  row.record_id === null ||
  row.object_id === null ||
  row.size === null ||
  row.sha256 === null ||
  row.files === null ||
  row.records === null ||
  row.stored_at === null
    ? undefined
    : {
        recordId: row.record_id,
        objectId: row.object_id,
        size: row.size,
        sha256: row.sha256,
        files: row.files,
        records: row.records,
        storedAt: fromDate(row.stored_at),
      };

const toPackage = (row: Selectable<AccessPackageTable>): AccessPackage => {
  const result = toResult(row);
  return {
    packageId: row.id,
    caseId: row.case_id,
    controller: row.controller,
    manifestId: row.manifest_id,
    letterId: row.letter_id ?? undefined,
    variant: row.variant,
    begunAt: fromDate(row.begun_at),
    ...given({ result }),
  };
};

/** A package, or `undefined`. */
export const readPackage = async (db: Database, packageId: string): Promise<AccessPackage | undefined> => {
  const row = await db.selectFrom('access_package').selectAll().where('id', '=', packageId).executeTakeFirst();
  return row && toPackage(row);
};

/** The packages of a case, oldest first. */
export const packagesOfCase = async (db: Database, caseId: string): Promise<readonly AccessPackage[]> => {
  const rows = await db
    .selectFrom('access_package')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('begun_at')
    .orderBy('id')
    .execute();
  return rows.map(toPackage);
};

/**
 * Writes down that a package is begun, with the audit entry that its records are read; one that was begun before is answered as it
 * is. Throws where the id belongs to another plan: that is a mistake of the caller's.
 */
export const beginPackage = (db: Database, plan: PackagePlan, now: Instant): Promise<AccessPackage> =>
  db.transaction().execute(async (tx) => {
    const { packageId, caseId, controller, manifestId, letterId, variant } = plan;
    const inserted = await tx
      .insertInto('access_package')
      .values({
        id: packageId,
        case_id: caseId,
        controller,
        manifest_id: manifestId,
        letter_id: letterId ?? null,
        variant,
        record_id: null,
        object_id: null,
        size: null,
        sha256: null,
        files: null,
        records: null,
        stored_at: null,
        begun_at: toDate(now),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted === undefined) {
      const before = toPackage(
        await tx.selectFrom('access_package').selectAll().where('id', '=', packageId).executeTakeFirstOrThrow(),
      );
      if (before.caseId !== caseId || before.letterId !== letterId) {
        throw new RangeError('A package with this id was begun for something else');
      }
      return before;
    }
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'case-package-begun',
      controller,
      target: { kind: 'case', id: caseId },
      why: variant,
      detail: { packageId, manifestId, letterId: letterId ?? null },
    });
    return toPackage(inserted);
  });

/** A package that lies in the store, with what was measured of it. */
export type FinishPackageInput = {
  readonly plan: AccessPackage;
  readonly recordId: RecordId;
  readonly object: StoredObject;
  readonly files: number;
  readonly records: number;
  readonly now: Instant;
};

/** Notes that a package is stored; of several attempts the first one counts, and all are answered with it. */
export const finishPackage = (
  db: Database,
  { plan, recordId: packageRecord, object, files, records, now }: FinishPackageInput,
): Promise<PackageResult> =>
  db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('access_package')
      .set({
        state: 'stored',
        record_id: packageRecord,
        object_id: object.objectId,
        size: object.size,
        sha256: object.sha256,
        files,
        records,
        stored_at: toDate(now),
      })
      .where('id', '=', plan.packageId)
      .where('state', '=', 'building')
      .returning('id')
      .executeTakeFirst();
    if (row !== undefined) {
      await appendAuditEntry(tx, {
        at: now,
        actor: 'oblio',
        role: 'system',
        action: 'case-package-stored',
        controller: plan.controller,
        target: { kind: 'case', id: plan.caseId },
        why: plan.variant,
        // No digest: the trail outlives the package.
        detail: { packageId: plan.packageId, recordId: packageRecord, size: object.size, files, records },
      });
    }
    const stored = toResult(
      await tx.selectFrom('access_package').selectAll().where('id', '=', plan.packageId).executeTakeFirstOrThrow(),
    );
    if (stored === undefined) throw new Error('A package was left without its result');
    return stored;
  });
