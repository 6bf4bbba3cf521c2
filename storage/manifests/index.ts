/** Manifests as the rest of the house uses them: made by a search, read by letters, packages and erasures. */

export { digestOf } from './freeze.ts';
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
