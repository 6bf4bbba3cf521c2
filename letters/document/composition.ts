/** What a block needs: the press, the pages, and the words of the layout. */
import type { LayoutWords } from './model.ts';
import type { PageFlow } from './page-flow.ts';
import type { Press } from './press.ts';

/** What one document is composed with; it lives as long as the document is written. */
export type Composition = Press & { readonly flow: PageFlow; readonly words: LayoutWords };
