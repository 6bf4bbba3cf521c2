/**
 * Computes deadlines and retention bounds for review and batch checks:
 *
 *   npm --silent run deadline -- cases.json
 *
 * prints one JSON object, id -> { lastDay, instant }. `lastDay` is a local date of the controller's zone, null while the clock stands
 * still; `instant` is the end of that day, exclusive: the first instant of the next local day, in UTC and whole seconds, so that
 * everything before it is in time. Bad input: what and where on stderr, exit code 2, nothing on stdout.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Policy, RetentionRule } from '../domain/policy/policy.ts';
import { retentionWindow } from '../domain/policy/retention-dates.ts';
import { statutoryDeadline } from '../domain/request/clock/statutory-deadline.ts';
import { endOfDay } from '../domain/time/calendar.ts';
import { holidayCalendar } from '../domain/time/holiday-calendar.ts';
import type { LocalDate } from '../domain/time/local-date.ts';
import type { HolidayCalendar } from '../domain/time/working-days.ts';
import { loadPolicies, PolicyError } from '../policies/load-policies.ts';
import { type DeadlineCase, InvalidCases, parseDeadlineCases } from './deadline-cases.ts';

// npm changes to the project's folder before it runs a script and keeps in INIT_CWD where the caller was.
const startedFrom =
  (process.env.npm_lifecycle_event === 'deadline' ? process.env.INIT_CWD : undefined) ?? process.cwd();

type Answer = { readonly lastDay: LocalDate | null; readonly instant: string | null };

const policiesFolder = process.env.OBLIO_POLICIES ?? fileURLToPath(new URL('../policies', import.meta.url));

/** A policy, and its seat's calendar: made once, since it works a year's holidays out when that year is first asked for. */
type Seated = { readonly policy: Policy; readonly calendar: HolidayCalendar };

const ruleOf = (policy: Policy, given: DeadlineCase & { readonly kind: 'retention' }): RetentionRule => {
  if (given.rule) return given.rule;
  const recordClass = policy.recordClasses.find(({ id }) => id === given.recordClass);
  if (recordClass) return recordClass.rule;
  const known = policy.recordClasses.map(({ id }) => id).join(', ');
  throw new InvalidCases([`case "${given.id}", recordClass: ${policy.controller} has ${known}`]);
};

const lastDayOf = ({ policy, calendar }: Seated, given: DeadlineCase): LocalDate | null => {
  const { timeZone } = policy;
  if (given.kind === 'retention') {
    return retentionWindow({ rule: ruleOf(policy, given), triggerAt: given.receivedAt, timeZone }).boundDay;
  }
  const { receivedAt, pauses, extension } = given;
  const events = { receivedAt, pauses, ...(extension ? { extension } : {}) };
  return statutoryDeadline({ events, timeZone, calendar }).lastDay ?? null;
};

const answer = (controllers: ReadonlyMap<string, Seated>, given: DeadlineCase): Answer => {
  const seated = controllers.get(given.controller);
  if (!seated) {
    const known = [...controllers.keys()].join(', ');
    throw new InvalidCases([`case "${given.id}", controller: there is a policy for ${known}`]);
  }
  const lastDay = lastDayOf(seated, given);
  if (lastDay === null) return { lastDay, instant: null };
  // Days begin on whole seconds: no milliseconds to tell.
  return { lastDay, instant: endOfDay(lastDay, seated.policy.timeZone).replace('.000Z', 'Z') };
};

const main = async (path: string | undefined): Promise<void> => {
  if (path === undefined) throw new InvalidCases(['usage: npm --silent run deadline -- cases.json']);
  const controllers = new Map(
    (await loadPolicies({ folder: policiesFolder })).map(({ policy }): readonly [string, Seated] => [
      policy.controller,
      { policy, calendar: holidayCalendar(policy.seat) },
    ]),
  );
  const source = await readFile(resolve(startedFrom, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidCases([`${path} cannot be read: ${error.code ?? error.message}`]);
  });
  const { cases, ignored } = parseDeadlineCases(source, (controller) => controllers.get(controller)?.policy.timeZone);
  const answers = Object.fromEntries(cases.map((given) => [given.id, answer(controllers, given)]));
  for (const line of ignored) console.error(line);
  console.log(JSON.stringify(answers, null, 2));
};

try {
  await main(process.argv[2]);
} catch (error) {
  if (!(error instanceof InvalidCases || error instanceof PolicyError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
