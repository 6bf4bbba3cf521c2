// Tells the erasures of the story while time passes: by half year and record class, with a link into the Temporal UI.

import type { Instant } from '../domain/time/instant.ts';
import { instant } from '../domain/time/instant.ts';
import { controllerName, type Stage } from './stage.ts';
import type { TimelineEvent } from './timeline.ts';
import { counted, dayOf, lagInWords } from './words.ts';

/** `2027, first half`. */
const halfYearOf = (at: Instant): string =>
  `${at.slice(0, 4)}, ${Number(at.slice(5, 7)) <= 6 ? 'first' : 'second'} half`;

const boundOf = ({ detail, at }: TimelineEvent): Instant =>
  typeof detail?.boundAt === 'string' ? instant(detail.boundAt) : at;

const lagOf = (event: TimelineEvent): number => Date.parse(event.at) - Date.parse(boundOf(event));

/** The rule behind an erasure, without the notice, which the table at the end names. */
const ruleOf = ({ why }: TimelineEvent): string => why.replace(/ \(.*\)$/, '');

const wasKept = ({ detail }: TimelineEvent): boolean => detail?.keptBySuspensionsDays !== undefined;

/** When the last of them was proven gone, measured from its bound; what a suspension kept is counted apart. */
const proofOf = (events: readonly TimelineEvent[]): string => {
  const kept = events.filter(wasKept);
  const latest = events
    .filter((event) => !wasKept(event))
    .toSorted((one, other) => lagOf(one) - lagOf(other))
    .at(-1);
  return [
    counted(events.length, 'certificate'),
    ...(latest === undefined ? [] : [`the latest ${lagInWords(boundOf(latest), latest.at)}`]),
    ...(kept.length === 0 ? [] : [`${kept.length} after a hold was released`]),
  ].join(', ');
};

const lineOf = (events: readonly TimelineEvent[]): string => {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return '';
  const records = events.reduce((sum, { records: count = 0 }) => sum + count, 0);
  const days = dayOf(first.at) === dayOf(last.at) ? dayOf(first.at) : `${dayOf(first.at)} to ${dayOf(last.at)}`;
  return [
    `  ${controllerName(first.controller).padEnd(17)} ${(first.recordClass ?? '').padEnd(18)}`,
    counted(records, 'record').padStart(11),
    ` ${days.padEnd(24)}`,
    `${ruleOf(first)}; ${proofOf(events)}`,
  ].join(' ');
};

/** The teller of the story's half years. */
export type Progress = {
  /** Keeps a line to be told in its half year. */
  readonly keep: (at: Instant, line: string) => void;
  /** Tells what happened since, if a new half year has begun. */
  readonly arrive: (at: Instant) => void;
  /** Tells what has not been told. */
  readonly end: () => void;
};

/** What of the stage the telling needs. */
export type ProgressInput = Pick<Stage, 'timeline' | 'linkTo' | 'say' | 'startAt'>;

/** A teller that remembers what it has told. */
export const newProgress = ({ timeline, linkTo, say, startAt }: ProgressInput): Progress => {
  let arrived = halfYearOf(startAt);
  let kept: { readonly at: Instant; readonly line: string }[] = [];
  const told = new Set<TimelineEvent>();
  const tellHalfYear = (halfYear: string, erased: readonly TimelineEvent[]): void => {
    say(`\n${halfYear}`);
    for (const { at, line } of kept) if (halfYearOf(at) === halfYear) say(`  ${dayOf(at)}  ${line}`);
    const groups = Map.groupBy(erased, ({ controller, recordClass }) => `${controller}/${recordClass}`);
    for (const events of groups.values()) say(lineOf(events));
    const workflowId = erased.at(-1)?.ids.workflowId;
    if (typeof workflowId === 'string') say(`  for example ${linkTo(workflowId)}`);
  };
  const tell = (isOver: (halfYear: string) => boolean): void => {
    const erased = timeline
      .events()
      .filter((event) => event.what === 'erased' && !told.has(event) && isOver(halfYearOf(event.at)));
    for (const event of erased) told.add(event);
    const over = kept.filter(({ at }) => isOver(halfYearOf(at)));
    // The names of half years sort as the half years do.
    const halfYears = new Set([...erased, ...over].map(({ at }) => halfYearOf(at)).sort());
    for (const halfYear of halfYears) {
      tellHalfYear(
        halfYear,
        erased.filter(({ at }) => halfYearOf(at) === halfYear),
      );
    }
    kept = kept.filter(({ at }) => !isOver(halfYearOf(at)));
  };
  return {
    keep: (at, line) => {
      kept.push({ at, line });
    },
    arrive: (at) => {
      if (halfYearOf(at) === arrived) return;
      arrived = halfYearOf(at);
      tell((halfYear) => halfYear < arrived);
    },
    end: () => tell(() => true),
  };
};
