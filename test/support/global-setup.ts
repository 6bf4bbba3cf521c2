/**
 * Once for a test run: the real services (or those that OBLIO_TEST_SERVICES names) and the workflow bundle, which every worker of
 * the tests loads as production does, instead of building it anew.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import startTestServices from '../../stack/services/test-services.ts';
import { bundleWorkflows } from '../../worker/temporal/bundle-workflows.ts';

const setUp = async (): Promise<() => Promise<void>> => {
  // Each project that needs the services asks for them; the first one starts them.
  if (process.env.OBLIO_WORKFLOW_BUNDLE !== undefined) return async () => undefined;
  const stopServices = await startTestServices();
  const folder = await mkdtemp(join(tmpdir(), 'oblio-test-bundle-'));
  const bundle = join(folder, 'workflow-bundle.js');
  await writeFile(bundle, (await bundleWorkflows()).code);
  process.env.OBLIO_WORKFLOW_BUNDLE = bundle;
  return async () => {
    delete process.env.OBLIO_WORKFLOW_BUNDLE;
    await rm(folder, { recursive: true, force: true });
    await stopServices();
  };
};

export default setUp;
