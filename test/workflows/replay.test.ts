/** Histories of the past against the workflows of today: a unit that fell asleep years ago must wake up in code that knows its path. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { type KeptHistory, readHistory } from '../support/history-files.ts';
import { quietSdk, testBundle } from '../support/temporal.ts';

const folder = join(import.meta.dirname, '..', 'histories');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const pathOf = (file: string): string => join(folder, file);

let workflowBundle: WorkflowBundleOption;
beforeAll(async () => {
  quietSdk();
  workflowBundle = await testBundle();
});

const replay = ({ workflowId, history }: KeptHistory): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, history, workflowId);

describe('a recorded history', () => {
  test('is there for every workflow type that runs for long', () => {
    for (const type of ['retention', 'transcript', 'sweep', 'notification', 'request']) {
      expect(files.some((name) => name.startsWith(type))).toBe(true);
    }
  });

  test.each(files)('replays: %s', async (file) => {
    await replay(readHistory(pathOf(file)));
  });

  test('does not replay against code that does something else: the check can fail', async () => {
    const file = files.find((name) => name.startsWith('retention-erased'));
    if (file === undefined) throw new Error('there is no history of an erased unit');
    const changed = readHistory(pathOf(file), (json) => json.replaceAll('"eraseUnit"', '"somethingElse"'));
    await expect(replay(changed)).rejects.toThrow();
  });
});
