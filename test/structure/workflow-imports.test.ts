/** What workflow files may import from activities: types, which leave no trace in the bundle. A value would drag in the world. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const importsOfActivities = (source: string): readonly string[] =>
  source.match(/^\s*(?:import|export)\b[^;]*?from\s+'(?:\.\.\/)+activities\/[^']+'/gm) ?? [];

const valueImports = (source: string): readonly string[] =>
  importsOfActivities(source).filter((statement) => !/^\s*(?:import|export)\s+type\b/.test(statement));

const workflowFiles = readdirSync('workflows', { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

test('workflows import activities as types only', () => {
  const sources = workflowFiles.map((name) => ({ name, source: readFileSync(`workflows/${name}`, 'utf8') }));
  expect(sources.flatMap(({ source }) => importsOfActivities(source)).length).toBeGreaterThan(5);
  expect(
    sources.flatMap(({ name, source }) => valueImports(source).map((statement) => `${name}: ${statement}`)),
  ).toEqual([]);
});

test('a value imported from activities is noticed', () => {
  expect(valueImports("import { eraseUnit } from '../../activities/retention/erase-unit.ts';")).toHaveLength(1);
  expect(valueImports("import {\n  type A,\n  b,\n} from '../../activities/contracts.ts';")).toHaveLength(1);
  expect(valueImports("import type { A } from '../../activities/contracts.ts';")).toEqual([]);
});
