/** Cases that stand before their answer: searched, reviewed by two people, decided; and packages opened with standard tools. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createPackageActivities, type PackageDeps } from '../../../activities/request/package/package.ts';
import type { ControllerId } from '../../../domain/ids.ts';
import { controllerClock } from '../../../domain/request/clock/controller-clock.ts';
import type { Decision, ManifestSummary } from '../../../domain/request/course/decision.ts';
import type { CaseEvent } from '../../../domain/request/course/events.ts';
import type { RightKey } from '../../../domain/request/course/rights.ts';
import { pendingReviewOn } from '../../../domain/request/decision/case-rules.ts';
import type { CommandWords } from '../../../domain/request/decision/case-words.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { submitCommand } from '../../../storage/requests/commands.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/requests/record-events.ts';
import { takeIn } from '../../../storage/requests/take-in.ts';
import { inps } from '../records.ts';
import type { World } from '../world.ts';
import { search } from './searches.ts';
import type { Identifier } from './stored-cases.ts';

export const policyMap = (world: World) =>
  new Map(world.policies.map(({ policy }) => [String(policy.controller), policy] as const));

const policyOf = (world: World, controller: ControllerId) => {
  const policy = policyMap(world).get(controller);
  if (policy === undefined) throw new Error(`There is no policy of ${controller}`);
  return policy;
};

export type Redaction = NonNullable<CommandWords['redactions']>[number];

export type ReviewedCaseInput = {
  readonly controller?: ControllerId;
  readonly identifiers: readonly Identifier[];
  readonly language?: 'it' | 'en';
  readonly now: Instant;
  readonly redactions?: readonly Redaction[];
  /** Default: access, granted. */
  readonly right?: RightKey;
  readonly decision?: Partial<Decision>;
  /** How far the case goes; default: decided. */
  readonly until?: 'reviewed' | 'confirmed' | 'decided';
};

export type ReviewedCase = { readonly caseId: string; readonly manifest: ManifestSummary };

const record = async (
  world: World,
  caseId: string,
  controller: ControllerId,
  { events, now, commandId }: { events: readonly CaseEvent[]; now: Instant; commandId?: string },
): Promise<void> => {
  const onRevision = (await readCase(world.database('worker'), caseId))?.state.revision;
  if (onRevision === undefined) throw new Error('There is no such case');
  const policy = policyOf(world, controller);
  const recorded = await recordCaseEvents(
    { db: world.database('worker'), sealing: world.sealing },
    {
      caseId,
      onRevision,
      events,
      meta: { at: now, actor: 'dpo-1', role: 'dpo', ...(commandId === undefined ? {} : { commandId }) },
      compute: controllerClock(new Map([[controller, policy]])).compute,
      policyOf: () => policy,
    },
  );
  if (recorded.kind !== 'recorded') throw new Error(`The events were answered with ${recorded.kind}`);
};

/** A case from intake to its decision, with its search on the real storage. */
export const reviewedCase = async (
  world: World,
  {
    controller = inps,
    identifiers,
    language = 'it',
    now,
    redactions = [],
    right = 'access',
    decision = {},
    until = 'decided',
  }: ReviewedCaseInput,
): Promise<ReviewedCase> => {
  const policy = policyOf(world, controller);
  const { state } = await takeIn(
    {
      db: world.database('api'),
      sealing: world.sealing,
      compute: controllerClock(new Map([[controller, policy]])).compute,
    },
    {
      controller,
      policyVersion: policy.version,
      timeZone: policy.timeZone,
      reviewOn: pendingReviewOn(policy, now),
      channel: 'email',
      receivedAt: now,
      language,
      identityLevel: 'claimed',
      rights: [right],
      person: {
        requester: { name: 'Ada Neri' },
        capacity: 'self',
        identifiers: [...identifiers],
        messageId: randomUUID(),
        text: 'dati',
      },
      subjects: identifiers,
      actor: { id: 'dpo-1', role: 'dpo' },
      now,
    },
  );
  const { caseId } = state;
  await record(world, caseId, controller, {
    now,
    events: [
      { kind: 'recognised', rights: [right], letterId: randomUUID() },
      { kind: 'identity-confirmed', level: 'digital-identity', capacity: 'self' },
    ],
  });
  const manifest = await search(world, { caseId, controller, now });
  await record(world, caseId, controller, { now, events: [{ kind: 'search-finished', manifest }] });
  const submitted = await submitCommand(world.database('api'), world.sealing, {
    caseId,
    kind: 'submit-review',
    idempotencyKey: randomUUID(),
    requestDigest: Buffer.alloc(32, 1),
    words: redactions.length === 0 ? {} : { redactions: [...redactions] },
    actor: { id: 'dpo-1', role: 'dpo' },
    now,
  });
  if (submitted.kind === 'other-command') throw new Error('The review met another command');
  await record(world, caseId, controller, {
    now,
    commandId: submitted.commandId,
    events: [{ kind: 'review-submitted', withheld: redactions.length }],
  });
  if (until === 'reviewed') return { caseId, manifest };
  await record(world, caseId, controller, { now, events: [{ kind: 'review-confirmed' }] });
  if (until === 'confirmed') return { caseId, manifest };
  const whole: Decision = {
    outcome: redactions.length === 0 ? 'granted' : 'partly-granted',
    grounds: redactions.length === 0 ? ['15.1'] : ['15.4'],
    lines: [],
    reasonsFor: [],
    earlierCases: [],
    ...decision,
  };
  await record(world, caseId, controller, {
    now,
    events: [
      { kind: 'decision-prepared', right, decision: whole },
      { kind: 'decided', right, decision: whole, late: false },
    ],
  });
  return { caseId, manifest };
};

/** The activities of packages with the worker's login, as the worker has them. */
export const packageActivities = (world: World, change: Partial<PackageDeps> = {}) =>
  createPackageActivities({
    db: world.database('worker'),
    store: world.store('worker'),
    sealing: world.sealing,
    policies: policyMap(world),
    heartbeat: () => undefined,
    ...change,
  });

/** The bytes of an object of the store. */
export const objectBytes = async (world: World, key: string, versionId: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of await world.store('worker').get({ key, versionId })) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

/** The package's object as its row names it. */
export const packageBytes = async (world: World, packageId: string): Promise<Buffer> => {
  const row = await world
    .database('worker')
    .selectFrom('access_package')
    .innerJoin('record_object', 'record_object.id', 'access_package.object_id')
    .select(['record_object.object_key', 'record_object.version_id'])
    .where('access_package.id', '=', packageId)
    .executeTakeFirstOrThrow();
  return objectBytes(world, row.object_key, row.version_id ?? '');
};

/** A package unpacked by `unzip`, its digests verified by `sha256sum -c`. */
export type OpenedPackage = {
  readonly files: readonly string[];
  readonly text: (path: string) => string;
  readonly bytes: (path: string) => Buffer;
  readonly json: (path: string) => unknown;
  /** What `sha256sum -c` said. */
  readonly verified: string;
};

const walk = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });

/** Unpacks and verifies; throws where a tool complains. */
export const openPackage = (content: Buffer): OpenedPackage => {
  const folder = mkdtempSync(join(tmpdir(), 'oblio-package-'));
  const zip = join(folder, 'package.zip');
  const inside = join(folder, 'inside');
  writeFileSync(zip, content);
  execFileSync('python3', ['-c', 'import sys,zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None', zip]);
  execFileSync('unzip', ['-q', zip, '-d', inside]);
  const verified = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: inside, encoding: 'utf8' });
  const contents = new Map(walk(inside).map((path) => [relative(inside, path), readFileSync(path)] as const));
  rmSync(folder, { recursive: true, force: true });
  const bytes = (path: string): Buffer => {
    const content = contents.get(path);
    if (content === undefined) throw new Error(`The package has no ${path}`);
    return content;
  };
  return {
    files: [...contents.keys()],
    text: (path) => bytes(path).toString('utf8'),
    bytes,
    json: (path) => JSON.parse(bytes(path).toString('utf8')),
    verified,
  };
};
