// Command: finds or builds the programs of the stack ahead of time (all of them, or those named) and says where each one is.

import { programs } from './programs.ts';
import { resolvePrograms } from './resolve-programs.ts';
import { StackError } from './stack-error.ts';

const wanted = process.argv.slice(2);
const chosen = programs.filter((program) => wanted.length === 0 || wanted.includes(program.name));
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
