/** Tells a case's story over the API, in travelled time: short calls that read like what people do. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { controllerId, type RecordId } from '../../../domain/ids.ts';
import type { CommandKind } from '../../../domain/request/course/commands.ts';
import { days, minutes } from '../../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../../domain/time/instant.ts';
import { requestWorkflowId } from '../../../workflows/request/contract.ts';
import { timeOf, travelTo } from '../time-travel.ts';
import { type HeldRecord, type Identifier, newCodiceFiscale, type RightsWorld, registerHeld } from './rights-world.ts';

export const signatory = { name: 'Dott. U. Ufficiale', office: 'Direzione centrale' };
const people = {
  dpo: 'ada',
  officer: 'ugo',
  legal: 'lia',
  auditor: 'aldo',
  operator: 'ottavia',
  source: 'sara',
} as const;
export type Person = keyof typeof people;

export type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly etag: string | null };

// What a test reads out of an answer is compared, never trusted.
const jsonOf = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

/** One call as a person. */
export const call = async (
  { app }: RightsWorld,
  {
    as,
    who,
    controller,
    method,
    path,
    body,
    now,
    headers = {},
  }: {
    readonly as: Person;
    readonly who?: string;
    readonly controller: string;
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    readonly now?: Instant;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<Answer> => {
  const response = await app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${as}.${who ?? people[as]}.${controller}`,
      'content-type': 'application/json',
      ...(now === undefined ? {} : { 'oblio-now': now }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await jsonOf(response), etag: response.headers.get('etag') };
};

export type Message = Readonly<Record<string, unknown>> & { readonly receivedAt: Instant };

/** A message as it comes in, with a planted marker in everything that is personal. */
export const message = (receivedAt: Instant, change: Readonly<Record<string, unknown>> = {}): Message => ({
  channel: 'email',
  receivedAt,
  language: 'it',
  messageId: `<${randomUUID()}@mail.example>`,
  requester: { name: 'Rosa Planted-Marker', email: `rosa.planted-marker.${randomUUID().slice(0, 8)}@example.it` },
  identifiers: [
    { kind: 'codice-fiscale', value: newCodiceFiscale() },
    { kind: 'email', value: `rosa.planted-marker.${randomUUID().slice(0, 8)}@example.it` },
  ],
  text: 'Planted-Marker: chiedo i miei dati.',
  ...change,
});

/** A case and the people around it. */
export class Story {
  readonly world: RightsWorld;
  readonly controller: string;
  readonly caseId: string;
  readonly reference: string;
  /** Records that were there when the message came. */
  readonly records: readonly RecordId[];
  #now: Instant;

  private constructor(
    world: RightsWorld,
    controller: string,
    { caseId, reference }: { readonly caseId: string; readonly reference: string },
    now: Instant,
    records: readonly RecordId[],
  ) {
    this.world = world;
    this.controller = controller;
    this.caseId = caseId;
    this.reference = reference;
    this.records = records;
    this.#now = now;
  }

  /** A message arrives and staff register it a moment later. */
  static async begin(
    world: RightsWorld,
    controller: string,
    sent: Message,
    held: readonly HeldRecord[] = [],
  ): Promise<Story> {
    const records = await registerHeld(world.world, {
      controller: controllerId(controller),
      identifiers: sent.identifiers as readonly Identifier[],
      records: held,
      receivedAt: sent.receivedAt,
    });
    const answer = await call(world, {
      as: 'dpo',
      controller,
      method: 'POST',
      path: `/controllers/${controller}/requests`,
      body: sent,
      now: instantPlus(sent.receivedAt, minutes(1)),
    });
    if (answer.status !== 201) throw new Error(`not taken in: ${JSON.stringify(answer.body)} ${world.logged()}`);
    const taken = { caseId: String(answer.body.caseId), reference: String(answer.body.reference) };
    const story = new Story(world, controller, taken, instantPlus(sent.receivedAt, minutes(1)), records);
    await story.settled();
    return story;
  }

  get now(): Instant {
    return this.#now;
  }

  /** The id of the case's workflow. */
  get workflowId(): string {
    return requestWorkflowId({ caseId: this.caseId, reference: this.reference, byReference: true });
  }

  get #travel() {
    const { client, world } = this.world;
    return { client, workflowId: this.workflowId, aheadMs: world.clock.aheadMs };
  }

  /** Days pass: for the workflow's clock and for the people. */
  async days(count: number): Promise<void> {
    await this.until(instantPlus(this.#now, days(count)));
  }

  /** Time passes until an instant. */
  async until(instant: Instant): Promise<void> {
    this.#now = instant;
    await travelTo(this.#travel, instant);
    await this.settled();
  }

  /** The time the workflow has. */
  workflowTime(): Promise<Instant> {
    return timeOf(this.#travel);
  }

  /** Sends a command and returns the answer, whatever it is. */
  send(
    as: Person,
    command: CommandKind,
    body: unknown,
    options: { who?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    return call(this.world, {
      as,
      controller: this.controller,
      method: 'POST',
      path: `/controllers/${this.controller}/requests/${this.caseId}/commands/${command}`,
      body,
      now: this.#now,
      ...options,
    });
  }

  /** Sends a command that must be accepted, and waits until the machine has done what follows. */
  async do(as: Person, command: CommandKind, body: unknown, who?: string): Promise<Answer> {
    const answer = await this.send(as, command, body, who === undefined ? {} : { who });
    if (answer.status !== 200) throw new Error(`${command} was refused: ${JSON.stringify(answer.body)}`);
    await this.settled();
    return answer;
  }

  /** The case as the API shows it. */
  async read(as: Person = 'dpo'): Promise<Record<string, unknown>> {
    const answer = await call(this.world, {
      as,
      controller: this.controller,
      method: 'GET',
      path: `/controllers/${this.controller}/requests/${this.caseId}`,
      now: this.#now,
    });
    if (answer.status !== 200) throw new Error(`not readable: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** What a right looks like now. */
  async right(key: string): Promise<Record<string, unknown>> {
    const { rights } = await this.read();
    const found = (rights as Record<string, unknown>[]).find(({ right }) => right === key);
    if (found === undefined) throw new Error(`The case has no right ${key}`);
    return found;
  }

  /** The letters of the case. */
  async letters(): Promise<{ letterId: string; kind: string; state: string }[]> {
    return (await this.read()).letters as { letterId: string; kind: string; state: string }[];
  }

  /** The content of the newest letter of a kind. */
  async letter(kind: string): Promise<Record<string, unknown>> {
    const found = (await this.letters()).findLast((letter) => letter.kind === kind);
    if (found === undefined) throw new Error(`The case has no letter ${kind}`);
    const answer = await call(this.world, {
      as: 'dpo',
      controller: this.controller,
      method: 'GET',
      path: `/controllers/${this.controller}/requests/${this.caseId}/letters/${found.letterId}`,
      now: this.#now,
    });
    if (answer.status !== 200) throw new Error(`no such letter: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Records by hand that the newest letter of a kind was delivered now. */
  async deliver(kind: string): Promise<void> {
    const letter = (await this.letters()).findLast((one) => one.kind === kind && one.state === 'composed');
    if (letter === undefined) throw new Error(`There is no composed letter ${kind}`);
    await this.do('dpo', 'record-delivery', {
      letterId: letter.letterId,
      deliveredAt: this.#now,
      proof: 'pec-receipt',
      reference: 'RIC-1',
    });
  }

  /** Triage and identity, as they go when nothing is in doubt. */
  async recognised(...rights: string[]): Promise<void> {
    await this.do('dpo', 'triage', { verdict: 'rights-request', rights, signatory });
    await this.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
  }

  /** Prepared by one, advised, decided by another, answered and delivered. */
  async answered(right: string, decision: Readonly<Record<string, unknown>>): Promise<void> {
    await this.decided(right, decision);
    await this.do('dpo', 'compose-answer', { rights: [right], signatory });
    await this.deliver('answer');
  }

  async decided(right: string, decision: Readonly<Record<string, unknown>>): Promise<void> {
    await this.do('dpo', 'prepare-decision', { right, decision });
    await this.do('dpo', 'give-opinion', { right, opinion: 'agrees', text: 'parere favorevole' });
    await this.do('officer', 'decide', { right, decision });
  }

  /** Waits until the machine has nothing left to do. */
  async settled(): Promise<void> {
    for (const end = performance.now() + 120_000; performance.now() < end; ) {
      const { stage, letters, rights } = await this.read();
      const busy =
        stage === 'searching' ||
        (letters as { state: string }[]).some(({ state }) => state === 'ordered') ||
        (rights as { state: string; recipients?: string; restriction?: { state: string } }[]).some(
          ({ state, recipients, restriction }) =>
            state === 'executing' ||
            recipients === 'due' ||
            restriction?.state === 'ordered' ||
            restriction?.state === 'lifting',
        );
      if (!busy) return;
      await sleep(75);
    }
    throw new Error(
      `The machine did not finish: ${JSON.stringify({ failures: this.world.failures(), case: await this.read() })}`,
    );
  }
}
