/**
 * Histories as files: readable JSON, one execution each. Written and read with the protocol's own conversion; the SDK's pair of
 * functions for it needs its packages to share one copy of protobufjs, which npm does not promise.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
type HistoryMessage = Parameters<typeof History.toObject>[0];

/** The id is part of what a history means (the unit hangs on it) but not part of the history. */
export type KeptHistory = { readonly workflowId: string; readonly history: HistoryMessage };

/** Writes a history under a name ending in `.json`. */
export const writeHistory = async (
  file: string,
  { workflowId, history }: { readonly workflowId: string; readonly history: object },
): Promise<void> => {
  const readable = History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String });
  await writeFile(file, `${JSON.stringify({ workflowId, history: readable }, null, 1)}\n`);
};

/** Reads what `writeHistory` wrote, `edit` applied to its text before. */
export const readHistory = (file: string, edit: (json: string) => string = (json) => json): KeptHistory => {
  const { workflowId, history } = JSON.parse(edit(readFileSync(file, 'utf8'))) as {
    workflowId: string;
    history: object;
  };
  return { workflowId, history: History.fromObject(history) };
};
