// The programs the local stack runs beside Postgres: which version is pinned, how it is built and how a binary proves to be what it claims.

/** One program of the stack. Sizes and times are for the person who waits for the first build. */
export type Program = {
  name: 'minio' | 'mc' | 'temporal-server' | 'temporal-sql-tool' | 'temporal-ui' | 'compose-spec';
  title: string;
  /** Go package and module version that `go install` is asked for. */
  goPackage: string;
  module: string;
  version: string;
  /** Setting that names a binary of the user's own. */
  setting: string;
  /** Names looked for on PATH. A bare `server` is not among them: anything may be called that. */
  pathNames: readonly string[];
  versionArguments: readonly string[];
  /** The line a binary of this program prints when asked for its version. */
  versionPattern: RegExp;
  /** What a binary that is not ours (from PATH or a setting) must print to be trusted with the data. */
  acceptedVersion: RegExp;
  /** What the accepted versions are called in a message. */
  acceptedTitle: string;
  coldBuild: string;
};

const temporalServerVersion = 'v1.32.2';

/** In the order of building: what starts first is built first. */
export const programs: readonly Program[] = [
  {
    name: 'minio',
    title: 'MinIO object store',
    goPackage: 'github.com/minio/minio',
    module: 'github.com/minio/minio',
    version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
    setting: 'OBLIO_MINIO',
    pathNames: ['minio'],
    versionArguments: ['--version'],
    versionPattern: /^minio version .*$/m,
    acceptedVersion: /^minio version (DEVELOPMENT|RELEASE\.202[5-9])/m,
    acceptedTitle: 'MinIO of 2025 or later',
    coldBuild: '3 to 5 minutes',
  },
  {
    name: 'mc',
    title: 'MinIO client',
    goPackage: 'github.com/minio/mc',
    module: 'github.com/minio/mc',
    version: 'v0.0.0-20250313080218-cf909e1063a9',
    setting: 'OBLIO_MC',
    pathNames: ['mc', 'mcli', 'minio-client'],
    versionArguments: ['--version'],
    versionPattern: /^\S+ version .*$/m,
    // Midnight Commander is called mc as well, hence the copyright line.
    acceptedVersion: /version (DEVELOPMENT|RELEASE\.202[5-9])[\s\S]*MinIO/,
    acceptedTitle: 'MinIO client of 2025 or later',
    coldBuild: '1 minute',
  },
  {
    name: 'temporal-sql-tool',
    title: 'Temporal schema tool',
    goPackage: 'go.temporal.io/server/cmd/tools/sql',
    module: 'go.temporal.io/server',
    version: temporalServerVersion,
    setting: 'OBLIO_TEMPORAL_SQL_TOOL',
    pathNames: ['temporal-sql-tool'],
    versionArguments: ['--version'],
    versionPattern: /^.+ version .*$/m,
    acceptedVersion: /version v?1\.32\./,
    acceptedTitle: 'Temporal 1.32',
    coldBuild: '2 minutes',
  },
  {
    name: 'temporal-server',
    title: 'Temporal server',
    goPackage: 'go.temporal.io/server/cmd/server',
    module: 'go.temporal.io/server',
    version: temporalServerVersion,
    setting: 'OBLIO_TEMPORAL_SERVER',
    pathNames: ['temporal-server'],
    versionArguments: ['--version'],
    versionPattern: /^.+ version .*$/m,
    acceptedVersion: /version v?1\.32\./,
    acceptedTitle: 'Temporal 1.32',
    coldBuild: '4 to 6 minutes',
  },
  {
    name: 'temporal-ui',
    title: 'Temporal UI',
    goPackage: 'github.com/temporalio/ui-server/v2/cmd/server',
    module: 'github.com/temporalio/ui-server/v2',
    version: 'v2.54.1',
    setting: 'OBLIO_TEMPORAL_UI',
    pathNames: ['temporal-ui-server', 'ui-server'],
    versionArguments: ['--version'],
    versionPattern: /^.+ version .*$/m,
    acceptedVersion: /version v?2\./,
    acceptedTitle: 'Temporal UI 2',
    coldBuild: '1 minute',
  },
];

/** The reference implementation of the Compose specification: not part of the stack, the tests check docker-compose.yml with it. */
export const composeSpecification: Program = {
  name: 'compose-spec',
  title: 'Compose specification',
  goPackage: 'github.com/compose-spec/compose-go/v2/cmd',
  module: 'github.com/compose-spec/compose-go/v2',
  version: 'v2.16.2',
  setting: 'OBLIO_COMPOSE_SPEC',
  pathNames: [],
  // It knows no version of its own; this is its help.
  versionArguments: ['-h'],
  versionPattern: /-no-consistency\s+.*$/m,
  acceptedVersion: /-no-consistency/,
  acceptedTitle: 'compose-spec',
  coldBuild: 'half a minute',
};

/** The name of a program beside Postgres. */
export type ProgramName = Program['name'];

/** The pinned program of that name. */
export function programNamed(name: ProgramName): Program {
  const program = [...programs, composeSpecification].find((candidate) => candidate.name === name);
  if (!program) throw new Error(`There is no program called ${name}.`);
  return program;
}
