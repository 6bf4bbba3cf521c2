/** The fonts of what is rendered here: read with the first file, and kept. */
import { createFontLibrary, type FontLibrary } from '../../letters/document/font-library.ts';

/** Answers the same library each time. */
export const fontsOnDemand = (): (() => FontLibrary) => {
  let library: FontLibrary | undefined;
  return () => {
    library ??= createFontLibrary();
    return library;
  };
};
