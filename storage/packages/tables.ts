/** The table of access packages, as Kysely sees it. */
import type { Generated } from 'kysely';
import type { ControllerId, ObjectId, RecordId } from '../../domain/ids.ts';

/** Packages of cases: what each is made of, and once it is stored, where it lies. */
export type AccessPackageTable = {
  id: string;
  case_id: string;
  controller: ControllerId;
  manifest_id: string;
  letter_id: string | null;
  variant: 'access' | 'portability';
  state: Generated<'building' | 'stored'>;
  begun_at: Date;
  record_id: RecordId | null;
  object_id: ObjectId | null;
  /** Bytes; the pool parses bigint as a number. */
  size: number | null;
  sha256: Buffer | null;
  files: number | null;
  records: number | null;
  stored_at: Date | null;
};

/** These tables by name; part of `Tables`. */
export type PackageTables = { access_package: AccessPackageTable };
