/** The functions by the name of their entry file in lambda/. */
export const functionNames = [
  'authorize',
  'delete',
  'devices',
  'feedback',
  'health',
  'platform-application',
  'push-call',
  'push-cancel',
  'push-message',
  'register',
  'release-endpoints',
  'update',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** Who asks the worker for what, and what comes back. */
export type Invocation = { id: number; name: FunctionName; event: unknown };
export type FunctionMessage =
  | { kind: 'ready' }
  | { kind: 'log'; line: string }
  | { kind: 'returned'; id: number; result: unknown }
  | { kind: 'threw'; id: number; message: string };
