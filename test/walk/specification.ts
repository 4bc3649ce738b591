/** What the operations mean, with nothing in between: one map from (line's token) to extension for each PBX. */
export type Operation =
  | { kind: 'register'; pbxId: string; token: string; extension: string; app?: string }
  | { kind: 'update'; pbxId: string; token: string; newToken: string }
  | { kind: 'delete'; pbxId: string; token: string }
  /** By extension: finds what the index shows. */
  | { kind: 'delete all'; pbxId: string; extension: string }
  | { kind: 'call'; pbxId: string; extension: string };

/** Which extension each token of one PBX rings for, and the when of that claim. */
export type Lines = ReadonlyMap<string, { extension: string; claim: number }>;

type Step = (lines: Lines, claim: number) => { lines: Lines; answer: string };

/** How an operation changes one PBX's lines, and what it answers. */
export const applied =
  (operation: Operation): Step =>
  (lines, claim) => {
    const next = new Map(lines);
    switch (operation.kind) {
      case 'register': {
        const old = lines.get(operation.token);
        next.set(operation.token, { extension: operation.extension, claim });
        const refreshed = old?.extension === operation.extension;
        return { lines: next, answer: old === undefined ? 'created' : refreshed ? 'refreshed' : 'moved' };
      }
      case 'update': {
        inherit(next, operation);
        next.delete(operation.token);
        const known = lines.has(operation.token) || lines.has(operation.newToken);
        return { lines: next, answer: known ? 'updated' : 'unknown-token' };
      }
      case 'delete':
        next.delete(operation.token);
        return { lines: next, answer: 'deleted' };
      case 'delete all':
      case 'call':
        return { lines, answer: '' };
    }
  };

const inherit = (
  lines: Map<string, { extension: string; claim: number }>,
  operation: { token: string; newToken: string },
) => {
  const [from, to] = [lines.get(operation.token), lines.get(operation.newToken)];
  if (from !== undefined && (to === undefined || to.claim < from.claim)) lines.set(operation.newToken, from);
};

/**
 * All that an operation may do that has answered. A delete by extension reads the index, which may not show every
 * row yet: it may miss some, and must touch no others.
 */
export const alternatives = (operation: Operation): Step[] => {
  if (operation.kind !== 'delete all') return [applied(operation)];
  const removing =
    (chosen: number): Step =>
    (lines) => {
      const own = [...lines].filter(([, { extension }]) => extension === operation.extension);
      const removed = new Set(own.filter((_, index) => (chosen >> index) % 2 === 1).map(([token]) => token));
      return { lines: new Map([...lines].filter(([token]) => !removed.has(token))), answer: '' };
    };
  return [0, 1, 2, 3].map(removing);
};

/** An operation that was not done. */
export const refused: Step = (lines) => ({ lines, answer: 'invalid-token' });

/** What an operation that was cut off may have done: all, nothing, or, for an update, its first half. */
export const cutOff = (operation: Operation): Step[] => [
  (lines) => ({ lines, answer: '' }),
  ...alternatives(operation).map(
    (done): Step =>
      (lines, claim) => ({ lines: done(lines, claim).lines, answer: '' }),
  ),
  ...(operation.kind === 'update'
    ? [
        (lines: Lines) => {
          const next = new Map(lines);
          inherit(next, operation);
          return { lines: next, answer: '' };
        },
      ]
    : []),
];

/**
 * What an answer says of the order of things. Counts are left out: an update and a delete at the same time may
 * each have removed the row that the other one counts.
 */
export const answerOf = (operation: Operation, result: unknown): string => {
  switch (operation.kind) {
    case 'register':
      return String((result as { status: string }).status);
    case 'update':
      return 'updated';
    case 'delete':
      return 'deleted';
    case 'delete all':
    case 'call':
      return '';
  }
};

const orders = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) =>
        orders(items.filter((_, place) => place !== index)).map((rest) => [item, ...rest]),
      );

const combinations = <T>(options: readonly (readonly T[])[]): T[][] =>
  options.reduce<T[][]>((all, some) => all.flatMap((chosen) => some.map((one) => [...chosen, one])), [[]]);

/** Everything that operations done at the same time may come to: as if they had been done one after another. */
export const outcomes = (
  start: Lines,
  steps: readonly { name: string; alternatives: readonly Step[] }[],
): { lines: Lines; answers: Map<string, string> }[] =>
  orders(steps).flatMap((order) =>
    combinations(order.map(({ alternatives }) => alternatives)).map((chosen) => {
      const answers = new Map<string, string>();
      let lines = start;
      for (const [place, step] of chosen.entries()) {
        const done = step(lines, place + 1);
        lines = done.lines;
        answers.set(order[place]?.name ?? '', done.answer);
      }
      return { lines, answers };
    }),
  );
