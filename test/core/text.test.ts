import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestPrefixThatFits } from '../../lambda/core/text.ts';

const within = (bytes: number) => (text: string) => Buffer.byteLength(text) <= bytes;

describe('longestPrefixThatFits', () => {
  it.each([
    ['plain letters', 'Ann Example', 3, 'Ann'],
    ['a text that fits', 'Ann', 3, 'Ann'],
    ['nothing', '', 3, ''],
    ['a letter of two bytes', 'Zoë', 3, 'Zo'],
    ['a letter and its accent', 'Zoe\u0308', 3, 'Zo'],
    ['a family', 'A👨‍👩‍👧‍👦', 25, 'A'],
    ['a flag', 'A🇩🇪', 8, 'A'],
    ['the first character already too long', '👨‍👩‍👧‍👦', 24, ''],
  ])('cuts between characters: %s', (_, text, bytes, expected) => {
    expect(longestPrefixThatFits(text, within(bytes))).toBe(expected);
  });

  it('gives a beginning that fits, and with the next character would not', () => {
    const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    const texts = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 200 }), (text, bytes) => {
        const prefix = longestPrefixThatFits(text, within(bytes));
        const [next] = graphemes.segment(text.slice(prefix.length));
        expect(text.startsWith(prefix)).toBe(true);
        expect(within(bytes)(prefix)).toBe(true);
        if (next !== undefined) expect(within(bytes)(prefix + next.segment)).toBe(false);
      }),
    );
  });
});
