/** Manifests as the rest of the house uses them: made by a search, read by letters, packages and erasures. */

export { findInManifest, type RecordInManifest } from './find-in-manifest.ts';
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
export type {
  ErasedOfManifest,
  FrozenObject,
  FrozenRecord,
  ManifestHead,
  ManifestPart,
  ManifestPlace,
} from './read-manifest.ts';
export {
  readManifest,
  readManifestErased,
  readManifestHead,
  readManifestRecords,
  streamManifest,
} from './read-manifest.ts';
export { type SearchDeps, type SearchInput, searchManifest } from './search.ts';
