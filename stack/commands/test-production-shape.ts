// `npm run test:production-shape`: the suites that touch Temporal or the store, on Temporal's server on Postgres and on MinIO, and the commands of
// docker-compose.yml. Builds those programs with Go where they are not there yet: about ten minutes, once. Arguments go to vitest.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const suites = ['test/production-shape', 'test/workflows', 'test/drills', 'test/stories', 'test/storage', 'test/store'];
const wanted = process.argv.slice(2);
const { status } = spawnSync(
  join('node_modules', '.bin', 'vitest'),
  ['run', '--project', 'services', ...(wanted.length > 0 ? wanted : suites)],
  { stdio: 'inherit', env: { ...process.env, OBLIO_STORE: 'minio', OBLIO_TEMPORAL_STORAGE: 'postgres' } },
);
process.exitCode = status ?? 1;
