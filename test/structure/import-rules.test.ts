/** The rules of imports find what they are for: each is broken once, in a small house of its own. `npm test` applies them to ours. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let house: string;

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'oblio-imports-'));
  symlinkSync(resolve('node_modules'), join(house, 'node_modules'));
});

afterAll(() => rmSync(house, { recursive: true }));

/** Names of the rules that a house of these files breaks. */
const brokenBy = (files: Readonly<Record<string, string>>): readonly string[] => {
  const rooms = [...new Set(Object.keys(files).map((file) => file.split('/')[0] ?? ''))];
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), source);
  }
  try {
    const { stdout } = spawnSync(
      resolve('node_modules/.bin/depcruise'),
      ['--config', resolve('test/structure/import-rules.cjs'), '--output-type', 'json', ...rooms],
      { cwd: house, encoding: 'utf8' },
    );
    const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
    return summary.violations.map(({ rule }) => rule.name);
  } finally {
    for (const room of rooms) rmSync(join(house, room), { recursive: true });
  }
};

const type = 'export type Thing = string;\n';
const typeFrom = (file: string): string => `export type { Thing } from '${file}';\n`;

test('a house that keeps the rules breaks none', () => {
  expect(
    brokenBy({
      'domain/thing.ts': type,
      'workflows/hold/contract.ts': typeFrom('../../domain/thing.ts'),
      'activities/hold.ts': typeFrom('../workflows/hold/contract.ts'),
      'storage/thing.ts': "import { sql } from 'kysely';\nexport const one = sql`1`;\n",
    }),
  ).toEqual([]);
});

test.each([
  ['a workflow that imports from activities, even a type', 'workflows/hold/workflow.ts', 'activities/hold.ts'],
  ['an activity that imports more of a workflow than its contract', 'activities/hold.ts', 'workflows/hold/view.ts'],
  ['a route that imports more of a workflow than its contract', 'api/holds.ts', 'workflows/hold/view.ts'],
  ['a rule that imports from storage', 'domain/rule.ts', 'storage/thing.ts'],
])('%s is found', (_, from, to) => {
  const up = '../'.repeat(from.split('/').length - 1);
  expect(
    brokenBy({ [from]: `import type { Thing } from '${up}${to}';\nexport type One = Thing;\n`, [to]: type }),
  ).toEqual([expect.stringMatching(new RegExp(`^${from.split('/')[0]}-imports-only-`))]);
});

test.each(['api/routes.ts', 'activities/hold.ts', 'worker/loop.ts'])('SQL in %s is found', (file) => {
  expect(brokenBy({ [file]: "import { sql } from 'kysely';\nexport const one = sql`1`;\n" })).toEqual([
    'kysely-only-in-storage',
  ]);
});

test('a library in a workflow is found: each cached workflow would pay for it', () => {
  expect(
    brokenBy({ 'workflows/hold/contract.ts': "import { z } from 'zod';\nexport const one = z.string();\n" }),
  ).toEqual(['workflows-import-no-node-module-and-no-zod']);
});
