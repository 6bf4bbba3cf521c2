// Tells the erasures of the story while time passes: by half year and record class, with one link each into the Temporal UI.

import type { Instant } from '../domain/instant.ts';
import { instant } from '../domain/instant.ts';
import { controllerNames, type Stage } from './stage.ts';
import type { DemoController } from './synthetic-records.ts';
import type { TimelineEvent } from './timeline.ts';
import { counted, dayOf, lagInWords } from './words.ts';

/** `2027, first half`. */
const halfYearOf = (at: Instant): string =>
  `${at.slice(0, 4)}, ${Number(at.slice(5, 7)) <= 6 ? 'first' : 'second'} half`;

const nameOf = (controller: string): string => controllerNames[controller as DemoController] ?? controller;

const boundOf = ({ detail, at }: TimelineEvent): Instant =>
  typeof detail?.boundAt === 'string' ? instant(detail.boundAt) : at;

const lineOf = (stage: Stage, events: readonly TimelineEvent[]): readonly string[] => {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return [];
  const records = events.reduce((sum, { records: count = 0 }) => sum + count, 0);
  const days = dayOf(first.at) === dayOf(last.at) ? dayOf(first.at) : `${dayOf(first.at)} to ${dayOf(last.at)}`;
  const latest = events.toSorted(
    (one, other) => Date.parse(one.at) - Date.parse(boundOf(one)) - (Date.parse(other.at) - Date.parse(boundOf(other))),
  );
  const worst = latest.at(-1) ?? last;
  const workflowId = last.ids.workflowId;
  return [
    `  ${nameOf(first.controller).padEnd(17)} ${(first.recordClass ?? '').padEnd(19)} ${counted(records, 'record').padStart(11)} gone, ${days}`,
    `      why: ${first.why}`,
    `      proof: ${counted(events.length, 'certificate')}, the latest ${lagInWords(boundOf(worst), worst.at)}${typeof workflowId === 'string' ? `; ${stage.linkTo(workflowId)}` : ''}`,
  ];
};

export type Progress = {
  /** Tells what has been erased since, if a new half year has begun. */
  readonly arrive: (at: Instant) => void;
  /** Tells what has not been told. */
  readonly end: () => void;
};

/** A teller that remembers what it has told. */
export const newProgress = (stage: Stage): Progress => {
  let halfYear = halfYearOf(stage.startAt);
  const told = new Set<TimelineEvent>();
  const tell = (): void => {
    const erased = stage.timeline.events().filter((event) => event.what === 'erased' && !told.has(event));
    for (const event of erased) told.add(event);
    if (erased.length === 0) return;
    stage.say(`\n${halfYear}`);
    const groups = Map.groupBy(erased, ({ controller, recordClass }) => `${controller}/${recordClass}`);
    for (const events of groups.values()) for (const line of lineOf(stage, events)) stage.say(line);
  };
  return {
    arrive: (at) => {
      if (halfYearOf(at) === halfYear) return;
      tell();
      halfYear = halfYearOf(at);
    },
    end: tell,
  };
};
