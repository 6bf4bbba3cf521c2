/**
 * What workflows replay of a rights request lies in `domain/request/course`, and nothing else lies there: whoever edits that folder
 * knows that stored histories must still replay (`test/workflows/replay.test.ts`), and whoever edits elsewhere need not ask.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const course = 'domain/request/course/';

type Kind = 'values' | 'values-and-types';

const importPattern = /^(?:import|export)\s+(type\s)?[^;]*?from\s+'(\.[^']+)'/gm;

/** The files that a file reaches through its imports, itself included. What is imported as a type only is not in the bundle. */
const reachedFrom = (
  entry: string,
  kind: Kind,
  read = (file: string) => readFileSync(file, 'utf8'),
): readonly string[] => {
  const reached = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, isType, to] of read(file).matchAll(importPattern)) {
      if (to !== undefined && (isType === undefined || kind === 'values-and-types')) {
        waiting.push(normalize(join(dirname(file), to)));
      }
    }
  }
  return [...reached].sort();
};

test('what the workflow bundle reaches of requests lies in domain/request/course', () => {
  const reached = reachedFrom('workflows/index.ts', 'values').filter((file) => file.startsWith('domain/request/'));
  expect(reached.length).toBeGreaterThan(10);
  expect(reached.filter((file) => !file.startsWith(course))).toEqual([]);
});

test('domain/request/course holds only what workflows reach, and says so in each header', () => {
  const reached = new Set(reachedFrom('workflows/index.ts', 'values-and-types'));
  const held = readdirSync(course).map((name) => `${course}${name}`);
  expect(held.filter((file) => !reached.has(file))).toEqual([]);
  expect(held.filter((file) => !/\breplayed\b/i.test(readFileSync(file, 'utf8').split('*/')[0] ?? ''))).toEqual([]);
});

test('a file outside that is reached, and one inside that is not, would be noticed', () => {
  const from = (file: string): string => `from '${file}';`;
  const files: Readonly<Record<string, string>> = {
    'a/entry.ts': `import { b } ${from('./b.ts')}\nimport type { C } ${from('../c/c.ts')}`,
    'a/b.ts': `export {\n  d,\n} ${from('../d/d.ts')}`,
    'c/c.ts': '',
    'd/d.ts': '',
  };
  const read = (file: string): string => files[file] ?? '';
  expect(reachedFrom('a/entry.ts', 'values', read)).toEqual(['a/b.ts', 'a/entry.ts', 'd/d.ts']);
  expect(reachedFrom('a/entry.ts', 'values-and-types', read)).toContain('c/c.ts');
});
