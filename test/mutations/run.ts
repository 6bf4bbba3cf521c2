/**
 * `npm run test:mutations [words]`: makes each fault of `mutations.ts` (those whose file or description contains one of the words) in a
 * copy of the checkout, and says which test notices it. Fails when one goes unnoticed, or when a test fails without any fault.
 */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import { projectRoot } from '../../stack/process/project.ts';
import startServices from '../../stack/services/test-services.ts';
import { type Mutation, mutations } from './mutations.ts';
import { copyCheckout, isRule, runTests, type TestRun, tryMutation } from './trial.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const words = process.argv.slice(2);
const chosen = mutations.filter(
  ({ file, fault }) => words.length === 0 || words.some((word) => file.includes(word) || fault.includes(word)),
);
const files = [...new Set(chosen.flatMap(({ tests }) => tests))].sort();
const needServices = files.some((file) => !isRule(file));
/** One lane for two processors, and one more: each run of tests waits for the services most of the time. */
const lanes = Math.min(Math.floor(availableParallelism() / 2) + 1, 4, chosen.length);

const lineOf = ({ fault, file }: Mutation, result: TestRun): string => {
  const room = file.split('/')[0] ?? '';
  if (result.kind === 'failed') return `caught      ${room}: ${fault}\n            by "${result.test}"`;
  const why = result.kind === 'passed' ? `${result.tests} tests passed` : result.message;
  return `NOT CAUGHT  ${room}: ${fault}\n            ${file}: ${why}`;
};

if (chosen.length === 0) {
  say(`No fault has one of these words: ${words.join(' ')}`);
  process.exit(1);
}
const stopServices = needServices ? await startServices() : async () => undefined;
const copies = await Promise.all(Array.from({ length: lanes }, () => copyCheckout(projectRoot)));
try {
  const [first] = copies;
  say(`${chosen.length} faults, ${files.length} test files; first the tests without any fault ...`);
  const sound: TestRun = first === undefined ? { kind: 'broken', message: '' } : await runTests(first.folder, files);
  if (sound.kind !== 'passed') {
    say(`The tests fail without any fault: ${sound.kind === 'failed' ? `${sound.test}: ` : ''}${sound.message}`);
    process.exitCode = 1;
  } else {
    const free = copies.map(({ folder }) => folder);
    const results = await pMap(
      chosen,
      async (mutation) => {
        const folder = free.pop();
        if (folder === undefined) throw new Error('There are more runs than copies');
        const result = await tryMutation(folder, mutation);
        free.push(folder);
        say(lineOf(mutation, result));
        return result;
      },
      { concurrency: lanes },
    );
    const caught = results.filter(({ kind }) => kind === 'failed').length;
    say(`\n${caught} of ${chosen.length} faults are caught.`);
    if (caught < chosen.length) process.exitCode = 1;
  }
} finally {
  await Promise.all(copies.map(({ remove }) => remove()));
  await stopServices();
}
