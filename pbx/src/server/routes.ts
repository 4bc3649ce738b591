import type { Operations, Outcome } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import { SettingsError } from '../settings/settings-error.ts';
import { SpoolError } from '../spool/spool-error.ts';
import { RequestError } from './problems.ts';
import {
  parseDelete,
  parseNothing,
  parsePushCall,
  parsePushCancel,
  parsePushMessage,
  parseRegister,
  parseRegistered,
  parseUpdate,
} from './requests.ts';
import { statusText } from './status-text.ts';

/** As plain text, and as JSON; without `json`, text is all there is, of the type that it says. */
export type Answer = { text: string; json?: object; type?: string };

export type Route = {
  methods: readonly string[];
  /** Changes something, or has something sent: not for the pages in somebody's browser. */
  acts: boolean;
  /** From this machine alone. */
  loopbackOnly?: true;
  /** A field narrows down what the request is for, so that none may be empty. */
  narrowing?: true;
  answer(input: object): Promise<Answer>;
};

/** What Prometheus expects (prometheus.io/docs/instrumenting/exposition_formats). */
const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/** Every route of pns. What a PBX asks for is asked for with GET or POST. */
export const createRoutes = (operations: Operations, settings: () => Settings): Record<string, Route> => ({
  '/register': acting(async (input) => stored(operations.register(parseRegister(input, settings())))),
  '/update': acting(async (input) => stored(operations.update(parseUpdate(input)))),
  '/delete': { ...acting(async (input) => stored(operations.delete(parseDelete(input)))), narrowing: true },
  '/push_call': acting(async (input) => {
    const answer = await operations.pushCall(parsePushCall(input));
    return { text: phonesText(answer), json: answer };
  }),
  '/push_cancel': {
    ...acting(async (input) => {
      const answer = await operations.pushCancel(parsePushCancel(input));
      return { text: String(answer.calls), json: answer };
    }),
    narrowing: true,
  },
  '/push_message': acting(async (input) => {
    const answer = await operations.pushMessage(parsePushMessage(input));
    return { text: phonesText(answer), json: answer };
  }),
  '/registered': acting(async (input) => {
    const calls = await operations.registered(parseRegistered(input));
    return { text: String(calls), json: { calls } };
  }),
  '/stop': {
    ...acting(async (input) => {
      parseNothing(input);
      await operations.stop();
      return { text: 'OK', json: { stopping: true } };
    }),
    loopbackOnly: true,
  },
  '/confreload': {
    ...acting(async (input) => {
      parseNothing(input);
      await operations.reload().catch(explainSettings);
      return { text: 'OK', json: { reloaded: true } };
    }),
    loopbackOnly: true,
  },
  '/status': reading(async () => {
    const status = await operations.status();
    return { text: statusText(status), json: status };
  }),
  '/metrics': reading(async () => ({ text: await operations.metrics(), type: prometheusType })),
});

const acting = (answer: Route['answer']): Route => ({ methods: ['GET', 'POST'], acts: true, answer });
const reading = (answer: Route['answer']): Route => ({
  methods: ['GET', 'HEAD', 'POST'],
  acts: false,
  answer,
});

/**
 * How many phones can be woken. Where that is not known, 1: a script that waits for phones if the number is above 0 is
 * to wait, since they may be waking.
 */
const phonesText = ({ devices, outcome }: { devices: number; outcome: Outcome }): string =>
  String(outcome === 'unknown' ? Math.max(devices, 1) : devices);

const stored = async (id: Promise<number>): Promise<Answer> => {
  try {
    return { text: 'OK', json: { id: await id } };
  } catch (error) {
    if (!(error instanceof SpoolError)) throw error;
    throw new RequestError('not-stored', `not stored, send it again later: ${error.message}`, [], error);
  }
};

const explainSettings = (error: unknown): never => {
  if (!(error instanceof SettingsError)) throw error;
  const faults = error.faults.join('; ');
  throw new RequestError('settings-refused', `the settings stay as they were: ${faults}`, [], error);
};
