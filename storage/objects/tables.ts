/** The tables of objects: what records have in the store, and what lies there without one, as Kysely sees them. */
import type { Generated } from 'kysely';
import type { ControllerId, ObjectId, RecordId } from '../../domain/ids.ts';

/** Objects of records; only `stored` ones count. */
export type RecordObjectTable = {
  id: ObjectId;
  record_id: RecordId;
  name: string;
  media_type: string;
  object_key: string;
  state: 'uploading' | 'stored';
  version_id: string | null;
  /** Bytes; the pool parses bigint as a number. */
  size: number;
  sha256: Buffer;
  created_at: Date;
  /** When it was last looked at for holds that cover it; absent: not since it was stored. */
  hold_checked_at: Date | null;
};

/** Keys under which something may lie in the store that no record has: for the gate to clear. */
export type AbandonedObjectTable = {
  id: Generated<string>;
  object_key: string;
  controller: ControllerId;
  reason: 'record-erased-during-upload' | 'upload-broken-off' | 'no-record';
  noticed_at: Date;
  gone_at: Date | null;
};

/** These tables by name; part of `Tables`. */
export type ObjectTables = {
  record_object: RecordObjectTable;
  abandoned_object: AbandonedObjectTable;
};
