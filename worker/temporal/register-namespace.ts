/**
 * Makes a Temporal namespace fit for Oblio: the namespace itself, its search attributes, the schedule of the daily sweep. Each
 * step looks first and can be repeated; an existing namespace keeps its own settings.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Connection, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { days } from '../../domain/time/duration.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { sweepScheduleId, sweepWorkflowType } from '../../workflows/sweep/contract.ts';
import { sweepStart } from '../../workflows/sweep/start.ts';
import { codeOfCall, grpcCode } from './grpc-codes.ts';

/** Which namespace, and the retention of histories that it gets if it is made now. */
export type RegisterNamespaceInput = {
  readonly namespace: string;
  /** Days for which Temporal keeps the history of a closed workflow; bounds how long ids outlive a record there. */
  readonly historyDays: number;
};

/** Registers the namespace if it is missing. Returns whether it was. */
export const registerNamespace = async (
  connection: Connection,
  { namespace, historyDays }: RegisterNamespaceInput,
): Promise<boolean> => {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return false;
  } catch (error) {
    if (codeOfCall(error) !== grpcCode.notFound) throw error;
  }
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      description: 'Retention, holds and rights requests of Oblio',
      workflowExecutionRetentionPeriod: msToTs(days(historyDays)),
    });
    return true;
  } catch (error) {
    // Two processes at once: the other was faster.
    if (codeOfCall(error) === grpcCode.alreadyExists) return false;
    throw error;
  }
};

/** A new namespace is known to every part of the server after its next refresh: seconds. */
const known = async <Value>(call: () => Promise<Value>): Promise<Value> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (codeOfCall(error) !== grpcCode.notFound || attempt === 60) throw error;
      await sleep(500);
    }
  }
};

const codeOf = (type: SearchAttributeType) => {
  const code = encodeSearchAttributeIndexedValueType(type);
  if (code === undefined) throw new TypeError(`Temporal knows no search attribute type ${type}`);
  return code;
};

/** Registers the search attributes that are missing, and returns their names. Throws if one exists with another type. */
const registerSearchAttributes = async (connection: Connection, namespace: string): Promise<string[]> => {
  const wanted = Object.values(searchAttributes).map(({ name, type }) => ({ name, type, code: codeOf(type) }));
  const { customAttributes } = await known(() => connection.operatorService.listSearchAttributes({ namespace }));
  const missing = wanted.filter(({ name, type, code }) => {
    const existing = customAttributes[name];
    if (existing !== undefined && existing !== code) {
      throw new Error(`The search attribute ${name} of namespace ${namespace} has another type than ${type}`);
    }
    return existing === undefined;
  });
  if (missing.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, code }) => [name, code])),
    });
  } catch (error) {
    if (codeOfCall(error) !== grpcCode.alreadyExists) throw error;
  }
  return missing.map(({ name }) => name);
};

/** Creates the schedule of the daily sweep if there is none. Returns whether there was none. */
const scheduleDailySweep = async (client: Client, queuePrefix: string): Promise<boolean> => {
  const scheduleId = sweepScheduleId(queuePrefix);
  try {
    await known(() =>
      client.schedule.create({
        scheduleId,
        // At night, when neither the counters nor the nightly copies need the stores.
        spec: { calendars: [{ hour: 3, minute: 17, comment: 'daily sweep' }], timezone: 'Europe/Rome' },
        action: {
          type: 'startWorkflow',
          workflowType: sweepWorkflowType,
          ...sweepStart({}, proceduresQueue(queuePrefix)),
        },
        // A sweep that takes longer than a day is still the sweep of this day; a day without Temporal is swept when it is back.
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
};

/** What had to be made; all `false` and empty when everything was there. */
export type PreparedNamespace = {
  readonly namespaceRegistered: boolean;
  readonly attributesRegistered: readonly string[];
  readonly sweepScheduled: boolean;
};

/** Everything a namespace needs, idempotent; waits until the server's own caches know it (a few seconds for a new one). */
export const prepareNamespace = async (
  connection: Connection,
  { queuePrefix, ...input }: RegisterNamespaceInput & { readonly queuePrefix: string },
): Promise<PreparedNamespace> => {
  const namespaceRegistered = await registerNamespace(connection, input);
  const attributesRegistered = await registerSearchAttributes(connection, input.namespace);
  const client = new Client({ connection, namespace: input.namespace });
  const sweepScheduled = await scheduleDailySweep(client, queuePrefix);
  return { namespaceRegistered, attributesRegistered, sweepScheduled };
};
