// Command: starts services on free ports in the foreground and writes their description to the file given, for tests and benchmarks to use again and again.
// Usage: node stack/commands/dev-services.ts <folder> (data and services.json go there)

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, StackError } from '../process/stack-error.ts';
import { startServices } from '../services/start-services.ts';

const folder = resolve(process.argv[2] ?? join(process.cwd(), '.oblio', 'dev'));
const file = join(folder, 'services.json');
const stopping = new AbortController();
const log = (line: string): void => console.log(line);

try {
  const services = await startServices({
    dataFolder: folder,
    ports: 'free',
    timeTravel: 'allowed',
    durability: 'killed-processes',
    historyShards: 4,
    withTemporalUi: true,
    withControl: true,
    environment: process.env,
    log,
    signal: stopping.signal,
    // Drills kill services through the control port; whatever ends otherwise can be started again the same way.
    onServiceEnd: (end) =>
      log(`${end.name} ended unexpectedly (${end.signal ?? `code ${end.code}`}); see ${end.logFile}`),
  });
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify(services.running, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  log(`Described in ${file}; run tests with OBLIO_TEST_SERVICES=${file}. Stop with Ctrl-C.`);
  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    rmSync(file, { force: true });
    services.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(messageOf(error));
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
