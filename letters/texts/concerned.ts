/** Whose data a letter is about: the addressee's own, or another person's, who is then named (EDPB 01/2022 paras. 80-81; Code art. 2-terdecies). */
import type { GroundCode } from '../../domain/request/course/grounds.ts';
import { groundTexts, groundTextsOfOthers } from './grounds.ts';
import type { Writing } from './writing.ts';

/** Words for a person's own data, or for another's, who stands for `{name}`. */
export type Concerned = { readonly own: string; readonly other: string };

/** The words that fit whom the letter is about. */
export const whose = ({ concerning }: Pick<Writing, 'concerning'>, { own, other }: Concerned): string =>
  concerning === undefined ? own : other.replaceAll('{name}', () => concerning.name);

/** A ground in one sentence, without capital and full stop. */
export const groundText = (writing: Writing, code: GroundCode): string => {
  const own = groundTexts[writing.language][code];
  return whose(writing, { own, other: groundTextsOfOthers[writing.language][code] ?? own });
};
