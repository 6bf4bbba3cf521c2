/**
 * The fields by which a hold may be scoped (a claim number), in the one form in which they are hashed: when a record arrives and
 * when a hold names one.
 */
import type { RecordClassPolicy } from '../../domain/policy/policy.ts';
import type { FieldValue } from './record-content.ts';

/** The one form of an attribute's value: no spaces around or inside, upper case, so that `inps 7/12` and `INPS7/12` meet. */
export const attributeValue = (value: FieldValue): string =>
  String(value).normalize('NFC').replace(/\s+/gu, '').toUpperCase();

/** The attributes of a record by which a hold may find it, as the policy of its class marks them. */
export const holdAttributes = (
  { fields: definitions }: RecordClassPolicy,
  fields: Readonly<Record<string, FieldValue>>,
): readonly { readonly name: string; readonly value: string }[] =>
  definitions.flatMap(({ name, holdScope }) => {
    const value = fields[name];
    return holdScope && value !== undefined ? [{ name, value: attributeValue(value) }] : [];
  });
