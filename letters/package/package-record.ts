/**
 * Makes the package's view of one record: what the manifest froze, what became of it since, and what the review withholds.
 *
 * A recording cannot be cut here: where a segment of it is withheld, all of it is, and the words of the letter and of the index say
 * which seconds are meant. A record that changed since the search was reviewed in another form, so a passage of it cannot be found:
 * then its words are withheld as a whole, with the ground of the passage.
 */
import type { LetterLanguage } from '../../domain/letter-content.ts';
import type { LocalDate } from '../../domain/local-date.ts';
import type { AccessRedaction } from '../../domain/rights-request/manifest.ts';
import type { FrozenFile, FrozenRecord, PackagedFile, PackagedRecord, RecordNow, Withheld } from './model.ts';
import { filePath, isSound, transcriptPath } from './names.ts';
import { redactWords } from './redact-words.ts';
import { withheldMark } from './texts.ts';

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
  /** Whether a file is held as it was frozen. */
  readonly isHeld: (file: FrozenFile) => boolean;
};

const namesFile = ({ name }: FrozenFile, where: string): boolean => {
  const place = where.trim();
  return place === name || place.startsWith(`${name} `) || place.startsWith(`${name}:`);
};

/** What withholds a file: its own line, a segment of it, or a line of the record that fits no file and therefore covers all. */
const withholding = (
  file: FrozenFile,
  { record, redactions }: Pick<PackageRecordInput, 'record' | 'redactions'>,
): AccessRedaction | undefined =>
  redactions.find(({ what, where }) => {
    if (what !== 'object' && what !== 'segment-of-recording') return false;
    if (record.files.some((one) => namesFile(one, where))) return namesFile(file, where);
    // Seconds without a name may be meant for any recording; a name that fits none, for any file.
    return what === 'segment-of-recording' && record.files.some(({ mediaType }) => isSound(mediaType))
      ? isSound(file.mediaType)
      : true;
  });

const bare = ({ what, ground, where }: AccessRedaction): Withheld => ({ what, ground, where });

/** The record as the package shows it. */
export const packageRecord = (input: PackageRecordInput): PackagedRecord => {
  const { language, record, number, day, now, redactions, isConversation, isHeld } = input;
  const { files, ...frozen } = record;
  const whole = redactions.find(({ what }) => what === 'whole-record');
  const base = { ...frozen, number, withheld: redactions.map(bare) };
  if (now.kind === 'erased') {
    return {
      ...base,
      status: 'erased-since-search',
      ...(now.certificate === undefined ? {} : { certificate: now.certificate }),
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
    if (withheld !== undefined) return { ...file, status: 'withheld', withheld: bare(withheld) };
    if (!isHeld(file)) return { ...file, status: 'not-held' };
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
    return { ...file, status: 'included', path };
  });
  return {
    ...base,
    status: now.kind === 'changed' ? 'changed-since-search' : 'included',
    ...(words === undefined ? {} : { words }),
    ...(isConversation && words?.text !== undefined
      ? { transcript: transcriptPath({ language, recordClass: record.recordClass, number, day }) }
      : {}),
    files: packaged,
  };
};
