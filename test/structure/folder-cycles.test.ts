/**
 * No circle between the folders of a room: each can be read, tested and changed with what lies below it. `tables.ts` files do not
 * count: the database's type is made of all of them, and they hold types of columns only.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { filesLookedAt } from './destruction.ts';

const root = join(import.meta.dirname, '..', '..');

/** An import from one folder into another. */
type Arrow = { readonly from: string; readonly to: string; readonly file: string; readonly imported: string };

/** The folder in which a file lies; a file that lies in none of its room's folders stands for itself. */
const folderOf = (file: string): string => (dirname(file).includes('/') ? dirname(file) : file);

const arrowsOf = (files: readonly string[], read: (file: string) => string): readonly Arrow[] =>
  files.flatMap((file) =>
    [...read(file).matchAll(/\bfrom '(\.[^']+)'/g)]
      .map(([, specifier = '']) => normalize(join(dirname(file), specifier)))
      .map((imported) => ({ from: folderOf(file), to: folderOf(imported), file, imported }))
      .filter(({ from, to }) => from !== to && from.split('/')[0] === to.split('/')[0]),
  );

/** Each arrow from which a way leads back to where it begins. */
const arrowsInCircles = (arrows: readonly Arrow[]): readonly string[] => {
  const next = Map.groupBy(arrows, ({ from }) => from);
  const reachable = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>([start]);
    for (const folder of seen) for (const { to } of next.get(folder) ?? []) seen.add(to);
    return seen;
  };
  const reached = new Map([...new Set(arrows.map(({ to }) => to))].map((folder) => [folder, reachable(folder)]));
  return arrows
    .filter(({ from, to }) => reached.get(to)?.has(from))
    .map(({ from, to, file, imported }) => `${from} -> ${to}: ${file} imports ${imported}`);
};

const filesOf = (room: string): readonly string[] =>
  filesLookedAt(root).filter(
    (file) => file.startsWith(`${room}/`) && file.endsWith('.ts') && !file.endsWith('/database/tables.ts'),
  );

test.each(['storage', 'domain'])('no circle between the folders of %s', (room) => {
  const arrows = arrowsOf(filesOf(room), (file) => readFileSync(join(root, file), 'utf8'));
  expect(arrows.length).toBeGreaterThan(5);
  expect(arrowsInCircles(arrows)).toEqual([]);
});

test('a circle is found', () => {
  const importing = (...files: readonly string[]): string =>
    files.map((file) => `import {\n  one,\n} from '${file}';`).join('\n');
  const texts: Readonly<Record<string, string>> = {
    'storage/a/one.ts': importing('../b/two.ts', './other.ts'),
    'storage/b/two.ts': importing('../c/three.ts'),
    'storage/c/three.ts': importing('../a/other.ts'),
    'storage/d/four.ts': importing('../a/one.ts'),
  };
  const arrows = arrowsOf(Object.keys(texts), (file) => texts[file] ?? '');
  expect(arrowsInCircles(arrows)).toEqual([
    'storage/a -> storage/b: storage/a/one.ts imports storage/b/two.ts',
    'storage/b -> storage/c: storage/b/two.ts imports storage/c/three.ts',
    'storage/c -> storage/a: storage/c/three.ts imports storage/a/other.ts',
  ]);
});
