/**
 * Makes the package's view of one record: what the manifest froze, what became of it since, and what the review withholds.
 *
 * Where segments of a recording are withheld, silence stands in their place; a recording whose form is not understood, or in which
 * they cannot be found, is withheld as a whole. A record that changed since the search was reviewed in another form, so a passage of it cannot be found:
 * then its words are withheld as a whole, with the ground of the passage.
 */
import { given } from '../../domain/given.ts';
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { AccessRedaction } from '../../domain/request/decision/manifest.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import type { FrozenFile, FrozenRecord, PackagedFile, PackagedRecord, RecordNow, Withheld } from './model.ts';
import { filePath, isSound, transcriptPath } from './names.ts';
import { redactWords } from './redact-words.ts';
import { readSegment, type Segment } from './silence.ts';
import { withheldMark } from './texts.ts';

/** One record, as it was frozen, as it is now, and what the review withholds of it. */
export type PackageRecordInput = {
  readonly language: LetterLanguage;
  readonly record: FrozenRecord;
  /** Its place in the manifest, from 1. */
  readonly number: number;
  /** The day of its event at the controller. */
  readonly day: LocalDate;
  readonly now: RecordNow;
  readonly redactions: readonly AccessRedaction[];
  /** Whether the text of this class is a conversation that stands by itself too. */
  readonly isConversation: boolean;
  /**
   * Whether the record is that of an earlier package. Art. 15(3) gives the person a copy of the data, which this package is; that an
   * earlier one is still kept, and until when, is stated, and the person who lost it asks for it itself.
   */
  readonly isEarlierCopy: boolean;
  /** Whether a file is held as it was frozen. */
  readonly isHeld: (file: FrozenFile) => boolean;
  /** SHA-256 of a recording with silence in the place of its withheld segments; `undefined` where that cannot be made. */
  readonly silenced?: (file: FrozenFile) => string | undefined;
};

const namesFile = ({ name }: Pick<FrozenFile, 'name'>, where: string): boolean => {
  const place = where.trim();
  return place === name || place.startsWith(`${name} `) || place.startsWith(`${name}:`);
};

type FilesAndRedactions = {
  readonly record: { readonly files: readonly Pick<FrozenFile, 'name' | 'mediaType'>[] };
  readonly redactions: readonly AccessRedaction[];
};

/** What withholds a file, or a part of it: its own line, a segment of it, or a line that fits no file and therefore covers all. */
const withholding = (
  file: Pick<FrozenFile, 'name' | 'mediaType'>,
  { record, redactions }: FilesAndRedactions,
): readonly AccessRedaction[] =>
  redactions.filter(({ what, where }) => {
    if (what !== 'object' && what !== 'segment-of-recording') return false;
    if (record.files.some((one) => namesFile(one, where))) return namesFile(file, where);
    // Seconds without a name may be meant for any recording; a name that fits none, for any file.
    return what === 'segment-of-recording' && record.files.some(({ mediaType }) => isSound(mediaType))
      ? isSound(file.mediaType)
      : true;
  });

/**
 * The segments that are withheld of a file, or `undefined` where all of it is, or nothing: where one of the lines is not about a
 * segment, or does not say which file and which seconds it means.
 */
export const withheldSegments = (
  file: Pick<FrozenFile, 'name' | 'mediaType'>,
  input: FilesAndRedactions,
): readonly Segment[] | undefined => {
  const segments: Segment[] = [];
  for (const { what, where } of withholding(file, input)) {
    const isClear =
      what === 'segment-of-recording' && input.record.files.filter((one) => namesFile(one, where)).length < 2;
    const segment = isClear ? readSegment(where, file.name) : undefined;
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return segments.length === 0 ? undefined : segments;
};

const bare = ({ what, ground, where }: AccessRedaction): Withheld => ({ what, ground, where });

/** The record as the package shows it. */
export const packageRecord = (input: PackageRecordInput): PackagedRecord => {
  const { language, record, number, day, now, redactions, isConversation, isEarlierCopy, isHeld, silenced } = input;
  const { files, ...frozen } = record;
  const whole = redactions.find(({ what }) => what === 'whole-record');
  const base = { ...frozen, number, withheld: redactions.map(bare) };
  if (now.kind === 'erased') {
    return {
      ...base,
      status: 'erased-since-search',
      ...given({ certificate: now.certificate }),
      files: [],
      withheld: [],
    };
  }
  if (now.kind === 'restricted') return { ...base, status: 'restricted', files: [] };
  if (whole !== undefined) {
    const withheld = bare(whole);
    return {
      ...base,
      status: 'withheld',
      files: files.map((file) => ({ ...file, status: 'withheld', withheld })),
    };
  }
  const passages = redactions.filter(({ what }) => what === 'passage').map(bare);
  const words =
    now.kind === 'changed' && passages.length > 0
      ? undefined
      : redactWords(now.words, passages, (withheld) => withheldMark(language, withheld));
  const packaged = files.map((file, index): PackagedFile => {
    const withheld = withholding(file, input);
    const [first] = withheld;
    const sha256 = first === undefined || !isHeld(file) ? undefined : silenced?.(file);
    if (first !== undefined && sha256 === undefined) return { ...file, status: 'withheld', withheld: bare(first) };
    if (!isHeld(file)) return { ...file, status: 'not-held' };
    if (isEarlierCopy) return { ...file, status: 'earlier-copy' };
    const { name, mediaType } = file;
    const path = filePath({
      language,
      recordClass: record.recordClass,
      number,
      day,
      place: index + 1,
      name,
      mediaType,
    });
    return sha256 === undefined
      ? { ...file, status: 'included', path }
      : { ...file, sha256, status: 'redacted', path, withheld: withheld.map(bare) };
  });
  return {
    ...base,
    status: now.kind === 'changed' ? 'changed-since-search' : 'included',
    ...given({ words }),
    ...(isConversation && words?.text !== undefined
      ? { transcript: transcriptPath({ language, recordClass: record.recordClass, number, day }) }
      : {}),
    files: packaged,
  };
};
