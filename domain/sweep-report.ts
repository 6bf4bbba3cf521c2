/** What a sweep reports (I3), as counts and ids: enough to look each of them up, nothing about a person. */
import type { Instant } from './time/instant.ts';

/** Findings of one kind: how many there are, and the first of them. */
export type Finding = { readonly count: number; readonly ids: readonly string[] };

/** A report names the first of each kind; the counts are complete. */
export const namedFindings = 100;

/** Looked, and found nothing. */
export const noFinding: Finding = { count: 0, ids: [] };

/** Findings together with further ones of the same kind. */
export const withFindings = (finding: Finding, ids: readonly string[]): Finding => ({
  count: finding.count + ids.length,
  ids: [...finding.ids, ...ids].slice(0, namedFindings),
});

/** Every kind of thing a sweep looks for. */
export const findingKinds = [
  'units-without-workflow',
  'transcripts-without-workflow',
  'suspensions-without-workflow',
  'requests-without-workflow',
  'notifications-without-workflow',
  'units-overdue',
  'records-back-from-restore',
  'object-leftovers',
  'objects-without-record',
  'records-without-object',
  'intents-unproven',
  'certificates-missing',
  'certificates-miscounted',
] as const;

/** The name of one kind of finding in a report. */
export type FindingKind = (typeof findingKinds)[number];

/** How many units, objects, transcripts and other procedures a sweep looked at. */
export type Compared = {
  readonly units: number;
  readonly transcripts: number;
  readonly objects: number;
  readonly suspensions?: number;
  readonly requests?: number;
  readonly notifications?: number;
};

/** How many findings of a kind the sweep set right, or had started or signalled. */
export type Healed = Readonly<Partial<Record<FindingKind, number>>>;

/** A finished sweep. `asOf` is what it called now, the other two instants when it ran. */
export type FinishedSweep = {
  readonly sweepId: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly asOf: Instant;
  readonly compared: Compared;
  readonly findings: Readonly<Record<FindingKind, Finding>>;
  readonly healed: Healed;
};
