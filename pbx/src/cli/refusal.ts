import * as v from 'valibot';
import type { DaemonAnswer } from '../control/ask-daemon.ts';
import { visible } from '../visible.ts';

const problem = v.pipe(v.string(), v.parseJson(), v.object({ detail: v.string() }));

/** Why the daemon refused a request, in its own words: a line for each thing that is wrong. */
export const refusalOf = ({ status, text }: DaemonAnswer): string => {
  const read = v.safeParse(problem, text);
  if (!read.success) return `HTTP status ${status}`;
  return read.output.detail.split('\n').map(visible).join('\n');
};
