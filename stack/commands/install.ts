// Command: finds, fetches or builds programs of the stack ahead of time and says where each one is: those that a new data folder needs, or those named
// (`minio mc temporal-server temporal-sql-tool temporal-ui` are for folders begun with them and for npm run test:production-shape).

import { StackError } from '../process/stack-error.ts';
import { programs } from '../programs/programs.ts';
import { resolvePrograms } from '../programs/resolve-programs.ts';

const wanted = process.argv.slice(2);
const chosen = programs.filter(({ name, prebuilt }) =>
  wanted.length === 0 ? prebuilt !== undefined : wanted.includes(name),
);
try {
  const resolved = await resolvePrograms(
    chosen.map((program) => program.name),
    { environment: process.env, log: (line) => console.log(line) },
  );
  for (const program of chosen) {
    const { binary, from, version } = resolved[program.name];
    console.log(`${program.title}: ${binary} (${from}, ${version.split('\n')[0]})`);
  }
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
