/** Where an error was thrown: lines of its stack, without the message, of which a line may look like one. */
export const framesOf = ({ stack = '', message }: Error): string[] => {
  const start = stack.indexOf(message);
  const lines = start < 0 ? [] : stack.slice(start + message.length).split('\n');
  return lines.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
};

/**
 * What may be logged of an error that nobody expected: its name and where it was thrown. Never its message, which may
 * hold what it was given: a token, say.
 */
export const describeError = (error: unknown): { errorName: string; errorAt?: string[] } => {
  if (!(error instanceof Error)) return { errorName: typeof error };
  return { errorName: error.name, errorAt: framesOf(error).slice(0, 5) };
};
