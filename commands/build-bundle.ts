/** `npm run build:bundle`: writes the workflow bundle that production workers load (OBLIO_WORKFLOW_BUNDLE). */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundleWorkflows, prebuiltBundlePath } from '../worker/temporal/bundle-workflows.ts';

const target = process.argv[2] ?? prebuiltBundlePath;
const { code } = await bundleWorkflows();
await mkdir(dirname(target), { recursive: true });
// Written beside and renamed, so that a worker that starts meanwhile never reads half a bundle.
await writeFile(`${target}.part`, code);
await rename(`${target}.part`, target);
console.log(`${target}: ${Math.round(code.length / 1024)} KiB`);
