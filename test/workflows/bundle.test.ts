/** The workflow bundle: small, and free of everything that would not survive the sandbox or a thousand cached workflows. */
import { builtinModules } from 'node:module';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleWorkflows } from '../../worker/temporal/bundle-workflows.ts';
import { holdWorkflowType } from '../../workflows/hold/contract.ts';
import * as workflows from '../../workflows/index.ts';
import { notificationWorkflowType } from '../../workflows/notification/contract.ts';
import { requestWorkflowType } from '../../workflows/request/contract.ts';
import { retentionWorkflowType } from '../../workflows/retention/contract.ts';
import { sweepWorkflowType } from '../../workflows/sweep/contract.ts';
import { transcriptWorkflowType } from '../../workflows/transcript/contract.ts';

let code: string;
let sources: readonly string[];

beforeAll(async () => {
  ({ code } = await bundleWorkflows());
  const [, map] = /sourceMappingURL=data:application\/json[^,]*;base64,([A-Za-z0-9+/=]+)\s*$/.exec(code) ?? [];
  if (map === undefined) throw new Error('The bundle has no source map at its end');
  code = code.slice(0, code.lastIndexOf('//# sourceMappingURL'));
  sources = (JSON.parse(Buffer.from(map, 'base64').toString('utf8')) as { sources: string[] }).sources;
});

const packageOf = (source: string): string | undefined =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(source)?.[1];

describe('the workflow bundle', () => {
  test('has at most 900 KB of code: each cached workflow pays for what its modules keep', () => {
    expect(code.length).toBeGreaterThan(100_000);
    expect(code.length).toBeLessThan(900_000);
  });

  test('stands on Temporal alone: no zod, no database, no calendar, nothing else', () => {
    const packages = new Set(sources.map(packageOf).filter((name) => name !== undefined));
    expect([...packages].sort()).toEqual(['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']);
  });

  test('holds of our own files only workflows and rules, nothing that touches the world', () => {
    const rooms = new Set(
      sources
        .filter((source) => source.endsWith('.ts') && packageOf(source) === undefined)
        .map((source) => /\/([a-z-]+)\/(?:[a-z-]+\/)*[a-z-]+\.ts$/.exec(source.replace(process.cwd(), ''))?.[1]),
    );
    expect([...rooms].sort()).toEqual(['domain', 'workflows']);
  });

  test('asks for no module of Node', () => {
    const asked = [...code.matchAll(/require\(\s*["']([^"']+)["']\s*\)/g)].map(([, name]) => name ?? '');
    const builtins = asked.filter((name) => name.startsWith('node:') || builtinModules.includes(name));
    // The SDK offers these two inside the sandbox itself.
    expect(builtins.filter((name) => !['assert', 'url'].includes(name))).toEqual([]);
  });

  test('exports each workflow under the name by which it is started', () => {
    const types = [
      retentionWorkflowType,
      holdWorkflowType,
      requestWorkflowType,
      notificationWorkflowType,
      transcriptWorkflowType,
      sweepWorkflowType,
    ];
    expect(Object.keys(workflows).sort()).toEqual([...types].sort());
    for (const [name, exported] of Object.entries(workflows)) {
      expect(typeof exported).toBe('function');
      expect(exported.name).toBe(name);
    }
  });
});
