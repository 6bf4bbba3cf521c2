/** What a block needs: the press, the pages, and the words of the layout. */
import type { LayoutWords } from './model.ts';
import type { PageFlow } from './page-flow.ts';
import type { Press } from './press.ts';

export type Composition = Press & { readonly flow: PageFlow; readonly words: LayoutWords };
