// What happened in the story, in order of its virtual time, and the files it leaves behind in demo-output/.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../domain/time/instant.ts';

/** One event, as `demo-output/timeline.json` has it. Ids only, nothing about a person. */
export type TimelineEvent = {
  /** Virtual time. */
  readonly at: Instant;
  readonly controller: string;
  /** Absent where the event concerns no class, or several. */
  readonly recordClass?: string;
  /** A code: `registered`, `erased`, `transcript-sent`, `hold-placed` ... */
  readonly what: string;
  /** The reason in words: rule, notice, decision. */
  readonly why: string;
  readonly ids: Readonly<Record<string, string | readonly string[]>>;
  /** How many records the event concerns, where it counts them. */
  readonly records?: number;
  /** Facts that belong to the event: dates, counts, codes. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
};

/** The record of what happened, for the files that are left behind. */
export type Timeline = {
  readonly note: (event: TimelineEvent) => void;
  readonly events: () => readonly TimelineEvent[];
  readonly saveCertificate: (certificateId: string, certificate: unknown) => void;
  /** Writes `timeline.json`; may be called again. */
  readonly save: () => void;
  /** Where letters go; made when first asked for. */
  readonly lettersFolder: () => string;
};

const asFile = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** A new timeline in a folder; what an earlier demonstration left there is removed. */
export const newTimeline = (folder: string): Timeline => {
  const certificates = join(folder, 'certificates');
  const letters = join(folder, 'letters');
  for (const old of [certificates, letters, join(folder, 'timeline.json')])
    rmSync(old, { recursive: true, force: true });
  mkdirSync(certificates, { recursive: true });
  const noted: TimelineEvent[] = [];
  // Sorting is stable: what happened at one instant stays in the order in which it was noted.
  const events = () => noted.toSorted((one, other) => (one.at === other.at ? 0 : one.at < other.at ? -1 : 1));
  return {
    note: (event) => {
      noted.push(event);
    },
    events,
    saveCertificate: (certificateId, certificate) =>
      writeFileSync(join(certificates, `${certificateId}.json`), asFile(certificate)),
    save: () => writeFileSync(join(folder, 'timeline.json'), asFile(events())),
    lettersFolder: () => {
      mkdirSync(letters, { recursive: true });
      return letters;
    },
  };
};
