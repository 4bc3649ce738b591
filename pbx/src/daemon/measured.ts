import type { Operations } from '../operations.ts';
import type { Metrics } from './metrics.ts';

/** Counts and times what the PBX asks for, under the names of the routes. */
export const measured = (operations: Operations, metrics: Metrics): Operations => {
  const timed =
    <Request, Answer>(
      route: string,
      act: (request: Request) => Promise<Answer>,
      outcomeOf: (answer: Answer) => string = () => 'ok',
    ) =>
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
    pushCall: timed('push_call', operations.pushCall, ({ outcome }) => outcome),
    pushCancel: timed('push_cancel', operations.pushCancel),
    pushMessage: timed('push_message', operations.pushMessage, ({ outcome }) => outcome),
    registered: timed('registered', operations.registered),
  };
};
