/** Bundles the workflows for the worker's sandbox: prebuilt for production, from source at start for development and tests. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';

/** Where `npm run build:bundle` puts the bundle, from the root of the repository. */
export const prebuiltBundlePath = 'dist/workflow-bundle.js';

/** The code of all workflows as one script, about a second and a half of work. */
export const bundleWorkflows = (): Promise<{ readonly code: string }> =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });

/** The prebuilt bundle if a path is given, else one built now. */
export const workflowBundle = async (prebuilt: string | undefined): Promise<WorkflowBundleOption> =>
  prebuilt === undefined ? bundleWorkflows() : { codePath: prebuilt };
