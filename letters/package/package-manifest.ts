/** The lists by which a package can be checked: `SHA256SUMS` for `sha256sum -c`, `manifest.json` for programs. */
import type { PackageFacts, WrittenFile } from './model.ts';

/** Lines of `SHA256SUMS`. Names are ASCII without line ends, so none needs escaping. */
export const sumsLines = (files: readonly WrittenFile[]): string =>
  files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');

/** `manifest.json`: what the package is, of which frozen list it was made, and each file with size and SHA-256. */
export const packageManifest = (facts: PackageFacts, files: readonly WrittenFile[]): string => {
  const { packageId, variant, language, controllerName, reference, frozenAt, manifestDigest, classes, erasedBefore } =
    facts;
  const head = JSON.stringify(
    {
      format: 'oblio-access-package-1',
      packageId,
      variant,
      language,
      controller: controllerName,
      reference,
      frozenAt,
      manifestDigest,
      classes: classes.map(({ recordClass, records, included }) => ({ recordClass, records, included })),
      erasedBefore,
    },
    undefined,
    2,
  );
  // A line each: fifty thousand files are looked through with any tool.
  const lines = files.map((file) => `    ${JSON.stringify(file)}`).join(',\n');
  return `${head.slice(0, -2)},\n  "files": [\n${lines}\n  ]\n}\n`;
};
