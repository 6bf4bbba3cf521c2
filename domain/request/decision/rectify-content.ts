/**
 * What a rectification changes in a record (Art. 16), from what people wrote: which part of it, from what, to what. A change that fits
 * nothing in the record is not forced upon it: it is attached as a statement instead. Pure.
 */

import type { FieldDefinition, RecordClassPolicy } from '../../policy/policy.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../subject/subject-identifier.ts';
import { type Instant, parseInstant } from '../../time/instant.ts';

/** A change as it was decided. */
export type DecidedChange = {
  /** Which part: `text`, `triggerAt`, `identifiers.<kind>`, `fields.<name>` or the bare name of a field of the class. */
  readonly what: string;
  /** What stands there: the whole value, or for `text` a passage that occurs once. `-`: nothing does (completion). */
  readonly before: string;
  readonly after: string;
};

/** The parts of a record's content that can be changed; storage's content has this form. */
export type RectifiableContent = {
  readonly triggerAt: Instant;
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly text?: string;
};

/**
 * Whether records of a class are archives: what was recorded or said stays as it is, and a statement stands beside it. Calls and chats
 * keep objects (the recording, the transcript); the others are data of the controller's own systems.
 */
export const isArchive = ({ content }: Pick<RecordClassPolicy, 'content'>): boolean => content !== 'sealed-text';

const nothing = (text: string): boolean => text === '' || text === '-';

const fieldValue = (definition: FieldDefinition, text: string): string | number | boolean | undefined => {
  switch (definition.kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'instant': {
      const parsed = parseInstant(text);
      return parsed.ok ? parsed.value : undefined;
    }
    case 'code':
      return definition.values?.includes(text) === true ? text : undefined;
    case 'text':
    case 'local-date':
      return text;
  }
};

const changeText = (content: RectifiableContent, { before, after }: DecidedChange): RectifiableContent | undefined => {
  const { text } = content;
  if (nothing(before)) return text === undefined ? { ...content, text: after } : undefined;
  if (text === undefined) return undefined;
  const first = text.indexOf(before);
  // Which of two places is meant is not for a program to guess.
  if (first === -1 || text.includes(before, first + 1)) return undefined;
  return { ...content, text: text.slice(0, first) + after + text.slice(first + before.length) };
};

const changeIdentifier = (
  content: RectifiableContent,
  kindName: string,
  { before, after }: DecidedChange,
): RectifiableContent | undefined => {
  const kind = subjectIdentifierKinds.find((one) => one === kindName);
  if (kind === undefined) return undefined;
  const wanted = nothing(after) ? undefined : normaliseSubjectIdentifier({ kind, value: after });
  if (wanted !== undefined && !wanted.ok) return undefined;
  const added = nothing(after) ? [] : [{ kind, value: after }];
  if (nothing(before)) return { ...content, identifiers: [...content.identifiers, ...added] };
  const old = normaliseSubjectIdentifier({ kind, value: before });
  const at = content.identifiers.findIndex((identifier) => {
    if (identifier.kind !== kind) return false;
    const normal = normaliseSubjectIdentifier({ kind, value: identifier.value });
    return identifier.value === before || (old.ok && normal.ok && normal.value.value === old.value.value);
  });
  return at === -1 ? undefined : { ...content, identifiers: content.identifiers.toSpliced(at, 1, ...added) };
};

const changeField = (
  content: RectifiableContent,
  definition: FieldDefinition,
  { before, after }: DecidedChange,
): RectifiableContent | undefined => {
  const { name } = definition;
  const now = content.fields[name];
  const stands = nothing(before) ? undefined : fieldValue(definition, before);
  if (now !== stands) return undefined;
  const { [name]: _, ...rest } = content.fields;
  if (nothing(after)) return definition.required ? undefined : { ...content, fields: rest };
  const value = fieldValue(definition, after);
  return value === undefined ? undefined : { ...content, fields: { ...rest, [name]: value } };
};

/** The field from which the period of a record runs, where it is not the record's own trigger time. */
const triggerField = (
  { trigger }: Pick<RecordClassPolicy, 'trigger'>,
  fields: RectifiableContent['fields'],
): string | undefined => {
  const selector = trigger.byField === undefined ? undefined : fields[trigger.byField.field];
  const event = (typeof selector === 'string' ? trigger.byField?.events[selector] : undefined) ?? trigger.event;
  return trigger.timeFields?.[event];
};

const changed = (
  rule: Pick<RecordClassPolicy, 'fields' | 'trigger'>,
  content: RectifiableContent,
  change: DecidedChange,
): RectifiableContent | undefined => {
  const { what } = change;
  if (what === 'text') return changeText(content, change);
  if (what === 'triggerAt') {
    const [before, after] = [parseInstant(change.before), parseInstant(change.after)];
    if (!before.ok || !after.ok || before.value !== content.triggerAt) return undefined;
    const field = triggerField(rule, content.fields);
    const fields = field === undefined ? content.fields : { ...content.fields, [field]: after.value };
    return { ...content, triggerAt: after.value, fields };
  }
  if (what.startsWith('identifiers.')) return changeIdentifier(content, what.slice('identifiers.'.length), change);
  const name = what.startsWith('fields.') ? what.slice('fields.'.length) : what;
  const definition = rule.fields.find((field) => field.name === name);
  return definition === undefined ? undefined : changeField(content, definition, change);
};

/**
 * The content after a change, or `undefined` where the change fits nothing in it: another value stands there, the part does not exist, or
 * the new value is none the class allows. A changed time field moves the trigger time with it, so that the period runs from the truth.
 */
export const rectifyContent = (
  rule: Pick<RecordClassPolicy, 'fields' | 'trigger'>,
  content: RectifiableContent,
  change: DecidedChange,
): RectifiableContent | undefined => {
  const result = changed(rule, content, change);
  if (result === undefined) return undefined;
  const field = triggerField(rule, result.fields);
  if (field === undefined) return result;
  const value = result.fields[field];
  const at = parseInstant(typeof value === 'string' ? value : '');
  // Without the time its period runs from, a record could not be dated.
  return at.ok ? { ...result, triggerAt: at.value } : undefined;
};
