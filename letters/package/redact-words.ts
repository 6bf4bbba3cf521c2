/**
 * Applies what a review withheld to the words of a record (Art. 15(4)): a passage is replaced by a visible mark with its ground. Where
 * a place cannot be found as the review wrote it, more is withheld, never less: the field, or all words of the record.
 *
 * A place is written `<field> <from>-<to>`: `text`, the name of a field, or `identifiers`; positions count from 0 in UTF-16 units, and
 * both ends are withheld. Without positions the whole field is.
 */
import { given } from '../../domain/given.ts';
import type { RecordWords, Withheld } from './model.ts';

/** Writes the mark that stands in the place of what is withheld. */
export type Mark = (withheld: Withheld) => string;

type Place = { readonly field: string; readonly range?: readonly [number, number] };

const placeForm = /^\s*(?:fields\.)?([A-Za-z][A-Za-z0-9-]{0,63})(?:[\s:]+(\d{1,9})\s*[-–]\s*(\d{1,9}))?\s*$/;

/** Where a review points to, or `undefined` where it is not written in the form above. */
export const readPlace = (where: string): Place | undefined => {
  const match = placeForm.exec(where);
  const field = match?.[1];
  if (field === undefined) return undefined;
  if (match?.[2] === undefined || match[3] === undefined) return { field };
  return { field, range: [Number(match[2]), Number(match[3])] };
};

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The range widened to whole characters as people see them, both ends included. */
const widened = (text: string, [from, to]: readonly [number, number]): readonly [number, number] => {
  const segments = graphemes.segment(text);
  const first = segments.containing(from);
  const last = segments.containing(Math.min(to, text.length - 1));
  return [first?.index ?? 0, last === undefined ? text.length : last.index + last.segment.length];
};

type Cut = { readonly from: number; readonly to: number; readonly withheld: Withheld };

/** The text with a mark in the place of each cut; cuts that touch or overlap share one place and keep all their marks. */
const cutOut = (text: string, cuts: readonly Cut[], mark: Mark): string => {
  const sorted = cuts.toSorted((one, other) => one.from - other.from || one.to - other.to);
  let out = '';
  let at = 0;
  let covered = false;
  for (const { from, to, withheld } of sorted) {
    if (from > at || !covered) out += text.slice(at, Math.max(at, from));
    out += mark(withheld);
    at = Math.max(at, to);
    covered = true;
  }
  return out + text.slice(at);
};

const wholeMarks = (withheld: readonly Withheld[], mark: Mark): string => withheld.map(mark).join(' ');

const redactText = (text: string, those: readonly { place: Place; withheld: Withheld }[], mark: Mark): string => {
  const cuts: Cut[] = [];
  for (const { place, withheld } of those) {
    const [from, to] = place.range ?? [0, Number.POSITIVE_INFINITY];
    // Outside of the text, or turned round: the place was meant for another text.
    if (place.range === undefined || from > to || from >= text.length) {
      return wholeMarks(
        those.map((one) => one.withheld),
        mark,
      );
    }
    const [start, end] = widened(text, [from, to]);
    cuts.push({ from: start, to: end, withheld });
  }
  return cutOut(text, cuts, mark);
};

/** The words with passages replaced by marks, or `undefined` where all of them are withheld. */
export const redactWords = (words: RecordWords, passages: readonly Withheld[], mark: Mark): RecordWords | undefined => {
  const placed: { place: Place; withheld: Withheld }[] = [];
  for (const withheld of passages) {
    const place = readPlace(withheld.where);
    const known =
      place !== undefined &&
      (place.field === 'identifiers' ||
        (place.field === 'text' && words.text !== undefined) ||
        Object.hasOwn(words.fields, place.field));
    if (!known) return undefined;
    placed.push({ place, withheld });
  }
  const byField = Map.groupBy(placed, ({ place }) => place.field);
  const of = (field: string) => byField.get(field) ?? [];
  const identifiers = of('identifiers').map(({ withheld }) => withheld);
  const fields = Object.fromEntries(
    Object.entries(words.fields).map(([name, value]) => {
      const those = of(name);
      if (those.length === 0) return [name, value];
      // A number or a truth value has no passages: it is withheld as a whole.
      return [
        name,
        typeof value === 'string'
          ? redactText(value, those, mark)
          : wholeMarks(
              those.map(({ withheld }) => withheld),
              mark,
            ),
      ];
    }),
  );
  return {
    identifiers:
      identifiers.length === 0
        ? words.identifiers
        : words.identifiers.map(({ kind }) => ({ kind, value: wholeMarks(identifiers, mark) })),
    fields,
    ...given({ statements: words.statements }),
    ...(words.text === undefined
      ? {}
      : { text: of('text').length === 0 ? words.text : redactText(words.text, of('text'), mark) }),
  };
};
