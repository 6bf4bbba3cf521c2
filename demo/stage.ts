// What every chapter of the story has at hand.

import type { Client } from '@temporalio/client';
import type { Instant } from '../domain/time/instant.ts';
import type { Agenda } from './agenda.ts';
import type { Api, Caller } from './api-calls.ts';
import type { Person } from './synthetic-people.ts';
import type { DemoController, SyntheticRecord } from './synthetic-records.ts';
import type { Timeline } from './timeline.ts';

/** A record that was handed in, and where it is. */
export type Registered = {
  readonly record: SyntheticRecord;
  readonly recordId: string;
  readonly unitId: string;
  readonly dueAt: Instant;
  readonly boundAt: Instant;
};

/** The story's world; chapters change nothing of it but what they register and await. */
export type Stage = {
  readonly api: Api;
  readonly temporal: Client;
  /** Address of a workflow's page in the Temporal UI. */
  readonly linkTo: (workflowId: string) => string;
  readonly timeline: Timeline;
  readonly agenda: Agenda;
  readonly say: (line: string) => void;
  /** Tells something of the story at its place among the erasures of its half year. */
  readonly tell: (at: Instant, line: string) => void;
  readonly people: readonly Person[];
  readonly startAt: Instant;
  /** When the story ends. */
  readonly endAt: Instant;
  /** Part of every source id of this run. */
  readonly run: string;
  /** Everything handed in so far, by record id. */
  readonly registered: Map<string, Registered>;
  /** Whether the demonstration already waits for a unit. */
  readonly awaitedUnits: Set<string>;
};

const controllerNames: Readonly<Record<string, string>> = { inps: 'INPS', 'comune-di-milano': 'Comune di Milano' };

/** A controller as people call it. */
export const controllerName = (controller: string): string => controllerNames[controller] ?? controller;

/** The systems that hand records in, each for its own classes. */
export const sourceOf = (controller: DemoController, recordClass: string): Caller => {
  const systems: Readonly<Record<string, string>> = {
    'portal-interaction': 'myinps-tracking',
    chat: 'inps-risponde',
    sms: 'inps-sms-gateway',
    'call-recording': 'inps-telephony',
    booking: 'milano-booking',
    enquiry: 'milano-crm',
    'survey-invitation': 'milano-surveys',
  };
  return {
    actor: `source:${systems[recordClass] ?? recordClass}`,
    role: 'source',
    controllers: [controller],
    classes: [recordClass],
  };
};

/** A member of the DPO's staff. */
export const dpoOf = (controller: DemoController): Caller => ({
  actor: `dpo:${controller}:1`,
  role: 'dpo',
  controllers: [controller],
});

/** One of the legal team, by number. */
export const lawyerOf = (controller: DemoController, number: 1 | 2): Caller => ({
  actor: `legal:${controller}:${number}`,
  role: 'legal',
  controllers: [controller],
});

/** An operator who looks after the machinery of both controllers. */
export const operator: Caller = { actor: 'operator:1', role: 'operator', controllers: ['inps', 'comune-di-milano'] };
