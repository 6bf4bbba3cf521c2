/**
 * Makes the package of an answer (Art. 15(3), 20(1)): everything the frozen manifest lists, as the review left it, with the letter,
 * streamed as a ZIP into the store. Long: heartbeats. Repeated with the same id it finds, or makes, the same package (I9).
 */
import { type CaseId, type ControllerId, type RecordClassId, recordClassId, recordId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import type { CaseState } from '../../../domain/request/course/case-state.ts';
import type { ManifestSummary } from '../../../domain/request/course/decision.ts';
import type { RecordedEvent } from '../../../domain/request/course/events.ts';
import { rightKind } from '../../../domain/request/course/rights.ts';
import type { CommandWords } from '../../../domain/request/decision/case-words.ts';
import type { AccessRedaction } from '../../../domain/request/decision/manifest.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { PackageFacts, PackageVariant } from '../../../letters/package/model.ts';
import { zipStream } from '../../../letters/package/zip-stream.ts';
import type { Database } from '../../../storage/database/database.ts';
import { finalLetterFile, readLetterFile } from '../../../storage/letters/files.ts';
import { type FrozenRecord, readManifestErased } from '../../../storage/manifests/read-manifest.ts';
import type { ObjectStore } from '../../../storage/objects/object-store.ts';
import { UploadMismatchError } from '../../../storage/objects/put-object.ts';
import {
  type AccessPackage,
  beginPackage,
  finishPackage,
  readPackage,
} from '../../../storage/packages/package-rows.ts';
import { largestPackage, PackageErasedError, storePackage } from '../../../storage/packages/store-package.ts';
import type { Reading } from '../../../storage/reading/admit-reading.ts';
import { readCase, readHistory, readWords } from '../../../storage/requests/read-cases.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import type { PackageActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { keptAlive } from '../../heartbeat.ts';
import { type LetterPdf, packageEntries } from './entries.ts';
import { RecordsMovedError } from './recordings.ts';
import { openPackageSource, type PackageSource } from './source.ts';

/** What a package is made with. Reading and writing are streamed: its size does not count in memory. */
export type PackageDeps = {
  /** With the worker's login. */
  readonly db: Database;
  /** With the worker's credentials. */
  readonly store: ObjectStore;
  readonly sealing: Sealing;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** The file of a letter; default: the final one of the case file. */
  readonly readLetterPdf?: (letterId: string) => Promise<LetterPdf | undefined>;
  /** Bytes of a package, at most; default: what the store takes. */
  readonly maxSize?: number;
  /** Says that the work goes on; default: the activity's heartbeat. */
  readonly heartbeat?: () => void;
};

const letterPdfOf =
  ({ db, sealing }: PackageDeps): NonNullable<PackageDeps['readLetterPdf']> =>
  async (letterId) => {
    const file = await finalLetterFile(db, letterId);
    return file && { size: file.size, sha256: file.sha256, content: readLetterFile({ db, sealing }, file) };
  };

/** What a case was decided to hand over, or `undefined`. A refused portability offers access; it hands over nothing by itself. */
export const decidedVariant = ({ rights }: CaseState): PackageVariant | undefined => {
  const outcomeOf = (kind: 'access' | 'portability') =>
    rights.find(({ key }) => rightKind(key) === kind)?.decided?.decision.outcome;
  const access = outcomeOf('access');
  if (access === 'granted' || access === 'partly-granted') return 'access';
  return outcomeOf('portability') === 'granted' ? 'portability' : undefined;
};

/**
 * Which records a package holds. Portability: those of the classes that the decision grants; where the policy knows several legal
 * bases in one class, only records whose own basis is consent or a contract (Art. 20(1)(a)).
 */
const belongsTo = (
  variant: PackageVariant,
  { rights }: CaseState,
  policy: Policy,
): ((record: FrozenRecord) => boolean) => {
  if (variant === 'access') return () => true;
  const granted = new Set<RecordClassId>(
    rights
      .filter(({ key }) => rightKind(key) === 'portability')
      .flatMap(({ decided }) => decided?.decision.lines ?? [])
      .filter(({ result }) => result === 'granted')
      .map(({ recordClass }) => recordClass),
  );
  const severalBases = new Set<RecordClassId>(
    policy.recordClasses.filter(({ legalBasisByField }) => legalBasisByField !== undefined).map(({ id }) => id),
  );
  return ({ recordClass, legalBasis: { article } }) =>
    granted.has(recordClass) && (!severalBases.has(recordClass) || article === '6.1.a' || article === '6.1.b');
};

/** What the review that was confirmed withholds. */
const confirmedRedactions = (
  history: readonly RecordedEvent[],
  words: ReadonlyMap<string, CommandWords>,
): readonly AccessRedaction[] => {
  const review = history.findLast(({ event }) => event.kind === 'review-submitted');
  const said = review?.commandId === undefined ? undefined : words.get(review.commandId);
  return (said?.redactions ?? []).map((redaction) => ({
    ...redaction,
    recordId: recordId(redaction.recordId),
    recordClass: recordClassId(redaction.recordClass),
  }));
};

/** A case whose search is frozen and whose review a second person confirmed: nothing unreviewed leaves. */
export type ReviewedCase = { readonly state: CaseState; readonly manifest: ManifestSummary };

/** Reads it. Fails with `case-unknown` or `review-open`. */
export const readReviewedCase = async (
  db: Database,
  caseId: string,
  controller: ControllerId,
): Promise<ReviewedCase> => {
  const state = (await readCase(db, caseId))?.state;
  if (state === undefined || state.controller !== controller) throw failureOf('case-unknown');
  const { manifest, review } = state;
  if (manifest === undefined || review?.confirmedBy === undefined) throw failureOf('review-open');
  return { state, manifest };
};

/** Oblio itself reads, to answer the person's own request (Art. 18(2)). */
const readingFor = (caseId: string, now: Instant): Reading => ({
  // The case was read from the case file under this id.
  purpose: { kind: 'subject-request', caseId: caseId as CaseId },
  by: { actor: 'oblio', role: 'system' },
  now,
});

/** A reviewed case and which form of its data is wanted: the copy of Art. 15(3) or the portable one of Art. 20(1). */
export type OpenPackageInput = ReviewedCase & {
  readonly packageId: string;
  readonly policy: Policy;
  readonly variant: PackageVariant;
  readonly withLetter: boolean;
  readonly now: Instant;
};

/** Looks at the records and says what the package is. */
export const openPackage = async (
  deps: Pick<PackageDeps, 'db' | 'store' | 'sealing'>,
  { packageId, state, manifest, policy, variant, withLetter, now }: OpenPackageInput,
): Promise<{ readonly facts: PackageFacts; readonly source: PackageSource }> => {
  const { db, sealing } = deps;
  const { caseId, controller, language, reference } = state;
  const [history, words] = await Promise.all([readHistory(db, caseId), readWords(db, sealing, caseId)]);
  const source = await openPackageSource(deps, {
    controller,
    manifestId: manifest.manifestId,
    policy,
    language,
    redactions: confirmedRedactions(history, words),
    reading: readingFor(caseId, now),
    belongs: belongsTo(variant, state, policy),
  });
  const erased = variant === 'access' ? await readManifestErased(db, manifest.manifestId) : [];
  return {
    source,
    facts: {
      packageId,
      variant,
      language,
      controllerName: policy.name,
      contact: [policy.dpo.pec, policy.dpo.email, policy.dpo.address].find((one) => one !== undefined) ?? '',
      reference,
      frozenAt: manifest.frozenAt,
      timeZone: policy.timeZone,
      manifestDigest: manifest.digest,
      classes: source.classes,
      erasedBefore: erased.map(({ recordId: id, recordClass, proof }) => ({ recordId: id, recordClass, ...proof })),
      withLetter,
    },
  };
};

const resultOf = ({ packageId, result }: AccessPackage) =>
  result === undefined
    ? undefined
    : {
        packageId,
        size: result.size,
        sha256: result.sha256.toString('hex'),
        files: result.files,
        records: result.records,
      };

const build = async (
  deps: PackageDeps,
  { caseId, controller, now, packageId, letterId }: Parameters<PackageActivities['buildPackage']>[0],
): ReturnType<PackageActivities['buildPackage']> => {
  const { db, store } = deps;
  const before = await readPackage(db, packageId);
  const already = before && resultOf(before);
  if (already !== undefined) return already;
  const reviewed = await readReviewedCase(db, caseId, controller);
  const policy = deps.policies.get(controller);
  if (policy === undefined) throw new RangeError('There is no policy for the controller of this case');
  const variant = before?.variant ?? decidedVariant(reviewed.state);
  if (variant === undefined) throw failureOf('nothing-to-hand-over');
  const plan = await beginPackage(
    db,
    { packageId, caseId, controller, manifestId: reviewed.manifest.manifestId, letterId, variant },
    now,
  );
  if (plan.manifestId !== reviewed.manifest.manifestId) throw failureOf('review-open');
  const letter = letterId === undefined ? undefined : await (deps.readLetterPdf ?? letterPdfOf(deps))(letterId);
  if (letterId !== undefined && letter === undefined) throw failureOf('letter-not-rendered');
  const { facts, source } = await openPackage(deps, {
    ...reviewed,
    packageId,
    policy,
    variant,
    withLetter: letter !== undefined,
    now,
  });
  const { maxSize = largestPackage } = deps;
  // Known before anything is sent, unless it is the words that make it too large.
  if (source.bytes > maxSize) throw failureOf('package-too-large');
  let files = 0;
  const { recordId: packageRecord, object } = await storePackage(deps, {
    plan,
    policy,
    reference: facts.reference,
    now,
    maxSize,
    content: () =>
      zipStream(
        packageEntries(
          { db, store },
          {
            controller,
            facts,
            source,
            letter,
            reading: readingFor(caseId, now),
            onFile: (count) => {
              files = count;
            },
          },
        ),
        facts.frozenAt,
      ),
  });
  const result = await finishPackage(db, {
    plan,
    recordId: packageRecord,
    object,
    files,
    records: source.records,
    now,
  });
  return {
    packageId,
    size: result.size,
    sha256: result.sha256.toString('hex'),
    files: result.files,
    records: result.records,
  };
};

/** Makes the activity. */
export const createPackageActivities = (deps: PackageDeps): PackageActivities => ({
  buildPackage: async (input) => {
    try {
      return await keptAlive(() => build(deps, input), deps.heartbeat);
    } catch (error) {
      if (error instanceof RecordsMovedError) throw failureOf('records-moved');
      if (error instanceof UploadMismatchError) throw failureOf('package-too-large');
      if (error instanceof PackageErasedError) throw failureOf('package-erased');
      throw error;
    }
  },
});
