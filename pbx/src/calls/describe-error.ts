/**
 * What may be logged of an error that nobody expected: its name and where it was thrown. Never its message, which may
 * hold what it was given: a token, say.
 */
export const describeError = (error: unknown): { errorName: string; errorAt?: string[] } => {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const { name, stack = '', message } = error;
  // A stack begins with the message, and a line of that may look like a frame.
  const start = stack.indexOf(message);
  const lines = start < 0 ? [] : stack.slice(start + message.length).split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
  return { errorName: name, errorAt: frames.slice(0, 5) };
};
