/** Manifests as the rest of the house uses them: made by a search, read by letters, packages and erasures. */

export { findInManifest, type RecordInManifest } from './find-in-manifest.ts';
export { readFoundBases } from './found-bases.ts';
export { digestOf } from './freeze.ts';
export {
  mostNamed,
  type NamedFate,
  type NamedRecord,
  type NameRecordInput,
  type NameRecordResult,
  nameRecord,
  readNamedRecords,
} from './name-record.ts';
export {
  type ErasedOfManifest,
  type ManifestHead,
  readManifest,
  readManifestErased,
  readManifestHead,
} from './read-manifest.ts';
export {
  type FrozenObject,
  type FrozenRecord,
  type ManifestPart,
  type ManifestPlace,
  readManifestRecords,
  streamManifest,
} from './read-records.ts';
export { type SearchDeps, type SearchInput, searchManifest } from './search.ts';
export { readSourceIds } from './source-ids.ts';
