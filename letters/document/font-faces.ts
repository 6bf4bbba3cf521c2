/**
 * Which font files the letters use, and in which order they are asked for a character: Titillium Web (the typeface of the
 * Italian public administration's design system), then Noto Emoji, then DejaVu for the other scripts.
 */

/** The three looks a letter uses; each has a chain of faces. */
export type FontWeight = 'regular' | 'bold' | 'italic';

const FILES = {
  titillium: '@expo-google-fonts/titillium-web/400Regular/TitilliumWeb_400Regular.ttf',
  titilliumBold: '@expo-google-fonts/titillium-web/600SemiBold/TitilliumWeb_600SemiBold.ttf',
  titilliumItalic: '@expo-google-fonts/titillium-web/400Regular_Italic/TitilliumWeb_400Regular_Italic.ttf',
  emoji: '@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf',
  emojiBold: '@expo-google-fonts/noto-emoji/700Bold/NotoEmoji_700Bold.ttf',
  dejaVu: 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  dejaVuBold: 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
  dejaVuItalic: 'dejavu-fonts-ttf/ttf/DejaVuSans-Oblique.ttf',
} as const;

/** A font file that may be embedded. */
export type FaceName = keyof typeof FILES;

/** Path of the font's file, inside its package. */
export function fontFile(face: FaceName): string {
  return FILES[face];
}

/** First the face that gives the text its look; the plain DejaVu last, which has scripts its variants lack. */
export const FACE_CHAINS: Readonly<Record<FontWeight, readonly [FaceName, ...FaceName[]]>> = {
  regular: ['titillium', 'emoji', 'dejaVu'],
  bold: ['titilliumBold', 'emojiBold', 'dejaVuBold', 'dejaVu'],
  italic: ['titilliumItalic', 'emoji', 'dejaVuItalic', 'dejaVu'],
};

/** Brings letters of other scripts to the height of Titillium's. */
export function faceScale(face: FaceName): number {
  return face.startsWith('dejaVu') ? 0.93 : 1;
}
