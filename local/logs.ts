/** How many lines of the functions are kept, of about 1 kB; the oldest go first. */
const LINES_KEPT = 10_000;

/** How far the list may outgrow its bound, so that not every line moves all the others. */
const SLACK = 1_000;

export type LineLog = {
  add(line: string): void;
  /** The lines, oldest first, and from when on they are all there, in ISO 8601. */
  list(): { since: string; lines: unknown[] };
};

const timestampOf = (line: unknown): string | undefined => {
  const timestamp: unknown = Object(line).timestamp;
  return typeof timestamp === 'string' ? timestamp : undefined;
};

/** What the functions have logged, in memory: one JSON object a line, as CloudWatch Logs keeps them. */
export const createLineLog = (startedAt = new Date()): LineLog => {
  const kept: string[] = [];
  let forgotten = false;
  return {
    add: (line) => {
      kept.push(line);
      if (kept.length <= LINES_KEPT + SLACK) return;
      kept.splice(0, kept.length - LINES_KEPT);
      forgotten = true;
    },
    list: () => {
      const lines = kept.slice(-LINES_KEPT).map((line): unknown => JSON.parse(line));
      const first =
        forgotten || lines.length < kept.length ? lines.map(timestampOf).find(Boolean) : undefined;
      return { since: first ?? startedAt.toISOString(), lines };
    },
  };
};
