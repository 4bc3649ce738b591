/**
 * What would move the cursor, hide or reorder text: controls, formats such as U+202E, broken pairs, separators. Not the
 * two joiners, which stand in names and emoji.
 */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

/** Text of somebody else's, with what a terminal would act on written out: a line break reads `\u{a}`. */
export const visible = (text: string): string =>
  text.replaceAll(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
