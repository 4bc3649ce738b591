import type { Operations } from '../operations.ts';
import type { Metrics } from './metrics.ts';

const outcomeOf = (answer: unknown): string => {
  const { outcome } = Object(answer) as { outcome?: string };
  return outcome ?? 'ok';
};

/** Counts and times what the PBX asks for. */
export const measured = (operations: Operations, metrics: Metrics): Operations => {
  const timed =
    <Request, Answer>(route: string, act: (request: Request) => Promise<Answer>) =>
    async (request: Request): Promise<Answer> => {
      const from = performance.now();
      const told = (outcome: string) => metrics.request(route, outcome, (performance.now() - from) / 1_000);
      try {
        const answer = await act(request);
        told(outcomeOf(answer));
        return answer;
      } catch (error) {
        told('failed');
        throw error;
      }
    };
  return {
    ...operations,
    register: timed('register', operations.register),
    update: timed('update', operations.update),
    delete: timed('delete', operations.delete),
    pushCall: timed('push_call', operations.pushCall),
    pushCancel: timed('push_cancel', operations.pushCancel),
    pushMessage: timed('push_message', operations.pushMessage),
    registered: timed('registered', operations.registered),
  };
};
