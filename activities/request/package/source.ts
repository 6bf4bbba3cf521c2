/**
 * Reads what goes into a package, batch by batch from the frozen manifest (I8), as often as the package's files need it: contents are
 * never kept, only a byte a record, by which each further reading is checked against the first. A change of a record meanwhile
 * makes the attempt fail; the next one says what became of it.
 */

import { given } from '../../../domain/given.ts';
import type { ControllerId, ObjectId, RecordClassId, RecordId } from '../../../domain/ids.ts';
import type { LetterLanguage } from '../../../domain/letter/letter-content.ts';
import type { Policy, RecordClassPolicy } from '../../../domain/policy/policy.ts';
import type { AccessRedaction } from '../../../domain/request/decision/manifest.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import type { PackagedClass, PackagedRecord, RecordNow } from '../../../letters/package/model.ts';
import { packageRecord } from '../../../letters/package/package-record.ts';
import {
  type FrozenObject,
  type FrozenRecord,
  type ManifestPlace,
  readManifestRecords,
} from '../../../storage/manifests/read-manifest.ts';
import { type LookedAt, lookAtRecords } from '../../../storage/packages/look-at-records.ts';
import type { Reading } from '../../../storage/reading/admit-reading.ts';
import { type ContentReading, readContents } from '../../../storage/reading/read-content.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import { type ObjectDeps, RecordsMovedError, type Silence, silencesOf } from './recordings.ts';

/** Records read at a time: enough to make a round trip worth it, few enough for long conversations. */
const batchSize = 100;

/** Which records of which manifest, what the review withholds of them, and the admitted reading under which they are opened. */
export type PackageSourceInput = {
  readonly controller: ControllerId;
  readonly manifestId: string;
  readonly policy: Policy;
  readonly language: LetterLanguage;
  readonly redactions: readonly AccessRedaction[];
  readonly reading: Reading;
  /** Whether a record belongs into this package. */
  readonly belongs: (record: FrozenRecord) => boolean;
};

/** A record with where its files lie, and where silence stands in them. */
export type SourceRecord = {
  readonly record: PackagedRecord;
  readonly objects: readonly FrozenObject[];
  readonly silences: ReadonlyMap<ObjectId, Silence>;
};

/**
 * What goes into the package, counted once and read as often as its files need it. Throws where a later reading differs from the first.
 */
export type PackageSource = {
  readonly classes: readonly PackagedClass[];
  readonly records: number;
  /** Bytes of their files. */
  readonly bytes: number;
  /** The records of a class in the order of the manifest. `words: false` opens nothing: for files alone. */
  readonly read: (
    recordClass: RecordClassId,
    options?: { readonly words?: boolean },
  ) => AsyncGenerator<readonly SourceRecord[]>;
};

const stateCodes = { unchanged: 1, changed: 2, erased: 3, restricted: 4 } as const satisfies Record<
  RecordNow['kind'],
  number
>;

/** A byte a record: its state, and whether its files are as they were. */
const codeOf = (record: FrozenRecord, state: RecordNow['kind'], { held }: LookedAt): number =>
  stateCodes[state] + (held.size === record.objects.length || state === 'restricted' ? 0 : 8);

type ClassSeen = { readonly firstNumber: number; readonly codes: number[]; included: number };

const placeOf = ({ recordClass, triggerAt, recordId }: FrozenRecord): ManifestPlace => ({
  recordClass,
  triggerAt,
  recordId,
});

/** Where records and objects are read, and the keys that open contents. */
export type PackageSourceDeps = ObjectDeps & { readonly sealing: Sealing };

/** What the review withholds, by record. */
type Withholding = {
  readonly byRecord: ReadonlyMap<RecordId, readonly AccessRedaction[]>;
  readonly whole: ReadonlySet<RecordId>;
};

async function* batchesOf(
  { db }: PackageSourceDeps,
  { manifestId, belongs }: PackageSourceInput,
  recordClass?: RecordClassId,
): AsyncGenerator<readonly FrozenRecord[]> {
  let after: ManifestPlace | undefined;
  for (;;) {
    const page = await readManifestRecords(db, manifestId, { limit: batchSize, ...given({ after, recordClass }) });
    const wanted = page.filter(belongs);
    if (wanted.length > 0) yield wanted;
    const last = page.at(-1);
    if (last === undefined || page.length < batchSize) return;
    after = placeOf(last);
  }
}

type Surveyed = {
  readonly seen: ReadonlyMap<RecordClassId, ClassSeen>;
  readonly silences: ReadonlyMap<RecordId, ReadonlyMap<ObjectId, Silence>>;
  readonly bytes: number;
};

const noSilences: ReadonlyMap<ObjectId, Silence> = new Map();

const survey = async (
  deps: PackageSourceDeps,
  input: PackageSourceInput,
  { byRecord, whole }: Withholding,
): Promise<Surveyed> => {
  const { controller, policy, reading } = input;
  const silences = new Map<RecordId, ReadonlyMap<ObjectId, Silence>>();
  const seen = new Map<RecordClassId, ClassSeen>();
  let number = 0;
  let bytes = 0;
  for await (const records of batchesOf(deps, input)) {
    const looked = await lookAtRecords(deps.db, { controller, records, reading });
    for (const record of records) {
      number += 1;
      const now = looked.get(record.recordId);
      if (now === undefined) throw new RecordsMovedError('A record was not looked at');
      const known = seen.get(record.recordClass);
      const those = known ?? { firstNumber: number, codes: [], included: 0 };
      if (known === undefined) seen.set(record.recordClass, those);
      const isWhole = whole.has(record.recordId);
      const kind = now.refused && !isWhole ? 'restricted' : now.state;
      those.codes.push(codeOf(record, kind, now));
      if (isWhole || kind === 'restricted' || kind === 'erased') continue;
      those.included += 1;
      if (record.recordClass !== policy.rightsRequests.packageClass) {
        bytes += record.objects.reduce((sum, { objectId, size }) => sum + (now.held.has(objectId) ? size : 0), 0);
      }
      const redactions = byRecord.get(record.recordId) ?? [];
      if (!redactions.some(({ what }) => what === 'segment-of-recording')) continue;
      silences.set(record.recordId, await silencesOf(deps, input, { record, redactions, held: now.held }));
    }
  }
  return { seen, silences, bytes };
};

const emptyWords = { identifiers: [], fields: {} } as const;

/** What a record says now. The words of a record that is withheld as a whole are not even opened. */
const wordsNow = async (
  { db, sealing }: PackageSourceDeps,
  { controller, reading }: PackageSourceInput,
  records: readonly FrozenRecord[],
  looked: ReadonlyMap<RecordId, LookedAt>,
  { words: wanted, whole }: { readonly words: boolean; readonly whole: ReadonlySet<RecordId> },
): Promise<ReadonlyMap<RecordId, RecordNow>> => {
  const opened = ({ recordId }: FrozenRecord): boolean => wanted && !whole.has(recordId);
  const toOpen = records.filter((record) => {
    const state = looked.get(record.recordId)?.state;
    return (state === 'unchanged' || state === 'changed') && opened(record);
  });
  const contents: ReadonlyMap<RecordId, ContentReading> =
    toOpen.length === 0
      ? new Map<RecordId, ContentReading>()
      : await db
          .transaction()
          .execute((tx) =>
            readContents({ tx, sealing }, { controller, recordIds: toOpen.map(({ recordId }) => recordId), reading }),
          );
  return new Map(
    records.map((record): [RecordId, RecordNow] => {
      const { recordId } = record;
      const now = looked.get(recordId);
      if (now === undefined) throw new RecordsMovedError('A record was not looked at');
      if (now.state === 'erased') {
        return [recordId, { kind: 'erased', ...given({ certificate: now.certificate }) }];
      }
      if (!opened(record)) {
        const isRefused = now.refused && !whole.has(recordId);
        return [recordId, isRefused ? { kind: 'restricted' } : { kind: now.state, words: emptyWords }];
      }
      const content = contents.get(recordId);
      if (content?.outcome === 'refused') return [recordId, { kind: 'restricted' }];
      if (content?.outcome !== 'read') throw new RecordsMovedError('A record could not be opened any more');
      const { identifiers, fields, text } = content.content;
      const { statements } = content;
      const words = { identifiers, fields, ...given({ text }), ...(statements.length === 0 ? {} : { statements }) };
      return [recordId, { kind: now.state, words }];
    }),
  );
};

const describe = (rule: RecordClassPolicy, seen: ClassSeen): PackagedClass => ({
  recordClass: rule.id,
  title: rule.title,
  description: rule.description,
  fields: rule.fields,
  fieldNames: rule.fields.map(({ name }) => name),
  records: seen.codes.length,
  included: seen.included,
  isConversation: rule.transcriptToSubject,
});

/** Looks at everything once, and answers with a source that reads it again and again. */
export const openPackageSource = async (deps: PackageSourceDeps, input: PackageSourceInput): Promise<PackageSource> => {
  const { controller, policy, language, redactions, reading } = input;
  const byRecord = Map.groupBy(redactions, ({ recordId }) => recordId);
  const whole = new Set(redactions.filter(({ what }) => what === 'whole-record').map(({ recordId }) => recordId));
  const { seen, silences, bytes } = await survey(deps, input, { byRecord, whole });
  const rules = new Map(policy.recordClasses.map((rule) => [rule.id, rule]));
  const ruleOf = (recordClass: RecordClassId): RecordClassPolicy => {
    const rule = rules.get(recordClass);
    if (rule === undefined) throw new RangeError(`The policy has no record class ${recordClass}`);
    return rule;
  };
  const read: PackageSource['read'] = async function* (recordClass, { words = true } = {}) {
    const first = seen.get(recordClass);
    if (first === undefined) return;
    const rule = ruleOf(recordClass);
    let place = 0;
    for await (const records of batchesOf(deps, input, recordClass)) {
      // Where words are opened, the opening asks whether they may be: asking here too would double the price of a batch.
      const looked = await lookAtRecords(deps.db, { controller, records, ...(words ? {} : { reading }) });
      const now = await wordsNow(deps, input, records, looked, { words, whole });
      yield records.map((record): SourceRecord => {
        const state = looked.get(record.recordId);
        const become = now.get(record.recordId);
        if (state === undefined || become === undefined || codeOf(record, become.kind, state) !== first.codes[place]) {
          throw new RecordsMovedError('A record changed while the package was made');
        }
        const { recordId, triggerAt, boundDay, objects } = record;
        const number = first.firstNumber + place;
        place += 1;
        const heldNames = new Set(objects.filter(({ objectId }) => state.held.has(objectId)).map(({ name }) => name));
        const silenced = silences.get(recordId) ?? noSilences;
        const digests = new Map(objects.map(({ name, objectId }) => [name, silenced.get(objectId)?.sha256]));
        return {
          objects,
          silences: silenced,
          record: packageRecord({
            language,
            number,
            day: localDateAt(triggerAt, policy.timeZone),
            now: become,
            redactions: byRecord.get(recordId) ?? [],
            isConversation: rule.transcriptToSubject,
            isEarlierCopy: recordClass === policy.rightsRequests.packageClass,
            isHeld: ({ name }) => heldNames.has(name),
            silenced: ({ name }) => digests.get(name),
            record: {
              recordId,
              recordClass,
              triggerAt,
              boundDay,
              keptLonger: record.suspendedBy.length > 0,
              files: objects.map(({ name, mediaType, size, sha256 }) => ({ name, mediaType, size, sha256 })),
            },
          }),
        };
      });
    }
    if (place !== first.codes.length) throw new RecordsMovedError('The manifest has another number of records');
  };
  return {
    classes: [...seen].map(([recordClass, those]) => describe(ruleOf(recordClass), those)),
    bytes,
    records: [...seen.values()].reduce((sum, { codes }) => sum + codes.length, 0),
    read,
  };
};
