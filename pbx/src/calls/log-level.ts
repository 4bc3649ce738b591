/** These tell what was decided; every other code tells of a request that failed. */
const decisions: ReadonlySet<string> = new Set(['cancelled', 'not-pushed', 'all-registered']);

export const levelOf = (code: string | undefined): 'info' | 'warn' =>
  code === undefined || decisions.has(code) ? 'info' : 'warn';
