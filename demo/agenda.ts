// The order of the story: what happens when, in virtual time. Chapters add to it before and while it is told.

import { epochMs, type Instant } from '../domain/time/instant.ts';

/** Something that happens at an instant of the story. */
export type Appointment = {
  readonly at: Instant;
  /** Appointments of one kind that follow each other directly may be kept together, in their order. */
  readonly kind: string;
  readonly keep: () => Promise<void>;
};

/** What is still to happen in the story, earliest first. */
export type Agenda = {
  readonly add: (appointment: Appointment) => void;
  /** Takes the next appointment and those of the same kind that follow it directly; empty when the story is over. */
  readonly takeNext: () => readonly Appointment[];
};

/** An empty agenda. What is added for one instant keeps the order in which it was added. */
export const newAgenda = (): Agenda => {
  const waiting: Appointment[] = [];
  return {
    add: (appointment) => {
      const place = waiting.findIndex(({ at }) => epochMs(at) > epochMs(appointment.at));
      waiting.splice(place === -1 ? waiting.length : place, 0, appointment);
    },
    takeNext: () => {
      const [first] = waiting;
      if (first === undefined) return [];
      const other = waiting.findIndex(({ kind }) => kind !== first.kind);
      return waiting.splice(0, other === -1 ? waiting.length : other);
    },
  };
};

/** Keeps appointments that may be kept together, `atOnce` at a time, begun in their order. Throws the first failure. */
export const keepTogether = async (appointments: readonly Appointment[], atOnce: number): Promise<void> => {
  const queue = [...appointments];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next.keep();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};
