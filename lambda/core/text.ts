const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The longest beginning of a text that fits, cut between characters as people see them, never in one. */
export const longestPrefixThatFits = (text: string, fits: (prefix: string) => boolean): string => {
  const ends = [0, ...Array.from(characters.segment(text), ({ index, segment }) => index + segment.length)];
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, ends[middle]))) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, ends[low]);
};
