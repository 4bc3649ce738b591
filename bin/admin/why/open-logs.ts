import * as v from 'valibot';
import { askLocalCloud } from '../local-cloud.ts';
import { clientOptions, findOutputs, type TargetOptions } from '../target.ts';
import type { FunctionLogs } from './find-calls.ts';

/** What the local cloud answers under `/_local/logs`. */
const localLogs = v.object({ since: v.pipe(v.string(), v.isoTimestamp()), lines: v.array(v.unknown()) });

const openLocalLogs = async (url: string): Promise<FunctionLogs> => {
  const { since, lines } = await askLocalCloud(url, '/_local/logs', localLogs);
  return {
    place: `the local cloud at ${url}`,
    begins: Date.parse(since),
    // All of them: whoever asks looks for what is wanted.
    pushes: async () => lines,
    failures: async () => lines,
  };
};

/** @throws AdminError, and whatever AWS answers, where there are no logs to be read */
export const openLogs = async (options: TargetOptions): Promise<FunctionLogs> => {
  if (options.local !== undefined) return openLocalLogs(options.local);
  const output = await findOutputs(options);
  const groups = {
    push_call: output('PushCallLog'),
    push_cancel: output('PushCancelLog'),
    push_message: output('PushMessageLog'),
    feedback: output('FeedbackLog'),
  };
  // No other command has a use for this client, which takes a while to load.
  const { openInsights } = await import('./insights.ts');
  return openInsights(groups, clientOptions(options));
};
