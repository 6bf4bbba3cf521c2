/** The case file as the `request` workflow uses it: reads it, and is its only writer after intake. */
import type { ControllerId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import type { ControllerClock } from '../../../domain/request/clock/controller-clock.ts';
import { rulesOf } from '../../../domain/request/decision/case-rules.ts';
import { normaliseSubjectIdentifier } from '../../../domain/subject/subject-identifier.ts';
import type { Database } from '../../../storage/database/database.ts';
import { readCommandWords } from '../../../storage/requests/commands.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/requests/record-events.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import type { CaseFileActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';

/** What every activity of a case stands on. */
export type RequestDeps = {
  readonly database: Database;
  readonly sealing: Sealing;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly clock: ControllerClock;
};

/** The policy of a controller; a case of a controller without one cannot be worked on until it is there again. */
export const policyFor = ({ policies }: RequestDeps, controller: ControllerId): Policy => {
  const policy = policies.get(controller);
  if (policy === undefined) throw new RangeError('There is no policy for the controller of this case');
  return policy;
};

const identifiersOf = async ({ database, sealing }: RequestDeps, commandId: string | undefined) => {
  if (commandId === undefined) return [];
  const { identifiers = [] } = await readCommandWords(database, sealing, commandId);
  return identifiers.flatMap((identifier) => {
    const normal = normaliseSubjectIdentifier(identifier);
    return normal.ok ? [normal.value] : [];
  });
};

/** Makes the activities. */
export const createCaseFileActivities = (deps: RequestDeps): CaseFileActivities => ({
  readCase: async ({ caseId }) => {
    const found = await readCase(deps.database, caseId);
    if (found === undefined) throw failureOf('case-unknown');
    return { state: found.state, rules: rulesOf(policyFor(deps, found.state.controller)) };
  },
  recordEvents: async (input) => {
    const brings = input.events.some(({ kind }) => kind === 'identity-confirmed' || kind === 'requester-answered');
    const identifiers = brings ? await identifiersOf(deps, input.meta.commandId) : [];
    const result = await recordCaseEvents(
      { db: deps.database, sealing: deps.sealing },
      { ...input, identifiers, compute: deps.clock.compute, policyOf: (controller) => policyFor(deps, controller) },
    );
    switch (result.kind) {
      case 'recorded':
        return { clocks: result.clocks };
      case 'moved-on':
        throw failureOf('case-moved-on');
      case 'unknown':
        throw failureOf('case-unknown');
    }
  },
});
