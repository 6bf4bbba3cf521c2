/** The API of a world, called without a port, for tests that speak as people: tokens have tests of their own. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { roles } from '../../api/access/authentication.ts';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/http/context.ts';
import { createApiMetrics } from '../../api/http/metrics.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import type { World } from './world.ts';

export type AppOfWorldInput = {
  readonly policies: ApiDeps['policies'];
  readonly temporal: { readonly client: Client; readonly queuePrefix: string };
  readonly logger: Logger;
};

/** Who calls is said plainly, as in `Bearer dpo.ada.inps`: role, person, controllers joined by `+`. Time travel is allowed. */
export const appOfWorld = (world: World, { policies, temporal, logger }: AppOfWorldInput) =>
  createApp({
    database: world.database('api'),
    objectStore: world.store('api'),
    policies,
    sealing: world.sealing,
    clock: world.clock.now,
    authenticate: (authorization) => {
      const [role = '', actor = '', controllers = ''] = (authorization ?? '').replace('Bearer ', '').split('.');
      const known = roles.find((one) => one === role);
      if (known === undefined) throw new Error('The test sent no known role');
      return Promise.resolve({
        actor,
        role: known,
        controllers: controllers.split('+'),
        classes: ['*'],
        authorisedFor: [],
      });
    },
    temporal: {
      client: () => Promise.resolve(temporal.client),
      proceduresQueue: proceduresQueue(temporal.queuePrefix),
      workflowUrl: (id) => `http://temporal.example/${id}`,
    },
    timeTravel: 'allowed',
    logger,
    metrics: createApiMetrics({ process: false }),
  });
