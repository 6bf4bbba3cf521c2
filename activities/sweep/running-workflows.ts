/** Which workflows of a list are running. The server's lists lag behind, so a workflow that is not in one is asked for by its id. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import pMap from 'p-map';

const idsPerQuery = 100;
const describesAtOnce = 16;

const quoted = (id: string): string => {
  if (!/^[a-z]+(-[0-9a-f-]{36}|:[A-Za-z0-9:._-]{1,240})$/.test(id))
    throw new RangeError('This is no id of a workflow of ours');
  return `'${id}'`;
};

const listed = async (client: Client, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  const running = new Set<string>();
  const query = `ExecutionStatus = 'Running' AND WorkflowId IN (${ids.map(quoted).join(', ')})`;
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) running.add(workflowId);
  return running;
};

const isRunning = async (client: Client, id: string): Promise<boolean> => {
  try {
    const { status } = await client.workflow.getHandle(id).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};

/** Those of the ids that have no running workflow. Memory and load stay flat: a page of ids is one query of the server's lists. */
export const withoutWorkflow = async (client: Client, ids: readonly string[]): Promise<readonly string[]> => {
  const missing: string[] = [];
  for (let from = 0; from < ids.length; from += idsPerQuery) {
    const page = ids.slice(from, from + idsPerQuery);
    const running = await listed(client, page);
    const doubtful = page.filter((id) => !running.has(id));
    const runs = await pMap(doubtful, (id) => isRunning(client, id), { concurrency: describesAtOnce });
    missing.push(...doubtful.filter((_, index) => runs[index] === false));
  }
  return missing;
};
