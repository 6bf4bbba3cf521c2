/**
 * The direction of imports (DESIGN, "The house"): domain <- storage, letters <- activities <- worker; domain <- workflows;
 * activities, api -> the workflows' contracts. `npm test` runs it.
 */
/** What others see of a workflow: its contract and the options it is started with; what all workflows share. */
const contracts = 'workflows/(queues|search-attributes|[a-z]+/(contract|start)).ts';

const rooms = 'domain settings policies storage letters activities workflows worker api migrations'.split(' ');

const only = (room, allowed) => ({
  name: `${room}-imports-only-${allowed.map((one) => one.split('/')[0]).join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    path: `^(${[...rooms, 'stack', 'test', 'bench', 'demo', 'commands'].join('|')})/`,
    pathNot: [room, ...allowed].map((allowedRoom) => `^${allowedRoom}(/|$)`),
  },
});

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain', []),
    only('settings', []),
    only('policies', ['domain']),
    only('storage', ['domain']),
    only('letters', ['domain']),
    only('activities', ['domain', 'storage', 'letters', contracts]),
    only('workflows', ['domain']),
    {
      name: 'workflows-import-no-node-module-and-no-zod',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: '^(node:|zod|pg$|kysely|minio|pino|date-holidays)|node_modules/(zod|pg|kysely|minio|pino|date-holidays)/',
      },
    },
    only('worker', ['domain', 'settings', 'storage', 'letters', 'activities', 'workflows', 'policies']),
    // Letters: previews are rendered where they are asked for, and nothing personal travels through Temporal for them.
    only('api', ['domain', 'settings', 'storage', 'letters', 'policies', contracts]),
    only('migrations', []),
    {
      name: 'kysely-only-in-storage',
      comment: 'SQL stands in storage and migrations; tests, benchmarks and the stack are not cruised.',
      severity: 'error',
      from: { pathNot: '^(storage|migrations)/' },
      to: { path: '^(pg|kysely)$|node_modules/(pg|kysely)/' },
    },
    {
      name: 'the-gate-is-used-by-the-worker-only',
      comment: 'I5: whoever wires the gate holds the only credentials that may delete.',
      severity: 'error',
      from: { pathNot: '^((storage/erasure-gate|worker|activities|test|bench|commands)/|storage/database/tables.ts)' },
      to: { path: '^storage/erasure-gate/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.oblio|demo-output|dist)/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
