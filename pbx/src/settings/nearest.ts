/** How many characters must be put in, left out or changed to make one of the other (Levenshtein). */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (const [above, character] of [...one].entries()) {
    const next = [above + 1];
    for (const [left, wanted] of [...other].entries()) {
      const changed = (row[left] ?? 0) + (character === wanted ? 0 : 1);
      next.push(Math.min(changed, (row[left + 1] ?? 0) + 1, (next[left] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** What somebody has probably meant; of nothing like it, nothing. */
export const nearest = <Name extends string>(text: string, names: readonly Name[]): Name | undefined => {
  const wanted = text.toUpperCase().replaceAll('-', '_');
  const [best] = names
    .map((name) => ({ name, changes: distance(wanted, name) }))
    .sort((one, other) => one.changes - other.changes);
  return best !== undefined && best.changes <= Math.max(1, best.name.length / 3) ? best.name : undefined;
};
