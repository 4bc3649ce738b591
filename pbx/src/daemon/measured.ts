import type { Operations } from '../operations.ts';
import type { Metrics } from './metrics.ts';

type Measured = Exclude<keyof Operations, 'status' | 'metrics' | 'stop' | 'reload'>;

/** The names of the routes, as metrics have them. */
const names: Record<Measured, string> = {
  register: 'register',
  update: 'update',
  delete: 'delete',
  pushCall: 'push_call',
  pushCancel: 'push_cancel',
  pushMessage: 'push_message',
  registered: 'registered',
};

const outcomeOf = (answer: unknown): string => {
  const { outcome } = Object(answer) as { outcome?: string };
  return outcome ?? 'ok';
};

/** Counts and times what the PBX asks for. */
export const measured = (operations: Operations, metrics: Metrics): Operations => {
  const timed =
    <Method extends Measured>(method: Method, call: Operations[Method]) =>
    async (request: never): Promise<never> => {
      const from = performance.now();
      const told = (outcome: string) =>
        metrics.request(names[method], outcome, (performance.now() - from) / 1_000);
      try {
        const answer = await (call as (one: never) => Promise<never>)(request);
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
    pushCall: timed('pushCall', operations.pushCall),
    pushCancel: timed('pushCancel', operations.pushCancel),
    pushMessage: timed('pushMessage', operations.pushMessage),
    registered: timed('registered', operations.registered),
  };
};
