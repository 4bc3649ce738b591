import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { bodyLimit } from 'hono/body-limit';
import { is } from 'valibot';
import { fields } from '../../../lambda/http/fields.ts';
import { describeError } from '../log/describe-error.ts';
import type { Log } from '../log/log.ts';
import type { Operations } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import { readInput } from './input.ts';
import { problemBody, RequestError } from './problems.ts';
import type { Answer, Route } from './routes.ts';
import { createRoutes } from './routes.ts';
import { isForeignPage, isLoopback } from './senders.ts';

export type ServerPorts = { operations: Operations; log: Log; settings: () => Settings };

/** In bytes. The longest request has a text of 10,000 characters. */
const longestBody = 64 * 1_024;

type Env = { Bindings: HttpBindings; Variables: { input: object } };

/** @param isClosing whether nothing new is taken on */
export const createApp = ({ operations, log, settings }: ServerPorts, isClosing: () => boolean) => {
  const routes = createRoutes(operations, settings);
  const app = new Hono<Env>();

  app.use((context, next) => {
    context.header('cache-control', 'no-store');
    return next();
  });
  app.post(
    '*',
    bodyLimit({
      maxSize: longestBody,
      onError: () => {
        throw new RequestError('body-too-large', `a body has ${longestBody} bytes at most`);
      },
    }),
  );
  for (const [path, route] of Object.entries(routes)) {
    app.all(path, async (context) => {
      if (isClosing()) throw new RequestError('stopping', 'pns is stopping');
      admit(route, context, settings().proxyAddress.host);
      const input = route.acts ? await readInput(context, { narrowing: route.narrowing === true }) : {};
      context.set('input', input);
      return respond(context, await route.answer(input));
    });
  }
  app.notFound(() => {
    throw new RequestError('unknown-route', `no such route; known: ${Object.keys(routes).join(', ')}`);
  });
  app.onError((thrown, context) => {
    const route = Object.hasOwn(routes, context.req.path) ? context.req.path : undefined;
    const brokeOff = !context.env.incoming.complete;
    const unexpected = brokeOff
      ? new RequestError('invalid-request', 'the body broke off', [], thrown)
      : new RequestError('internal', 'internal error', [], thrown);
    const error = thrown instanceof RequestError ? thrown : unexpected;
    const { code, status } = error;
    if (code === 'internal') log('error', 'internal_error', { route, ...describeError(thrown) });
    else
      log('warn', 'request_refused', {
        route,
        extension: extensionIn(context.get('input')),
        code,
        status,
        fields: error.complaints.map(({ path }) => path),
      });

    const allowed = route !== undefined && code === 'method-not-allowed' ? routes[route]?.methods : undefined;
    if (allowed) context.header('allow', allowed.join(', '));
    if (!wantsJson(context)) return context.text(`error: ${error.message}`, status);
    return context.body(JSON.stringify(problemBody(error)), status, {
      'content-type': 'application/problem+json',
    });
  });
  return app;
};

/** Whom a request was about, so that one that was refused can be traced to a phone. */
const extensionIn = (input: object | undefined): string | undefined => {
  const { extension, to }: { extension?: unknown; to?: unknown } = input ?? {};
  return [extension, to].find((name) => is(fields.extension, name));
};

const admit = (route: Route, { req, env }: Context<Env>, ownName: string): void => {
  if (!route.methods.includes(req.method)) {
    throw new RequestError('method-not-allowed', `${req.path} takes ${route.methods.join(' and ')}`);
  }
  if (route.acts && isForeignPage(env.incoming.headers, ownName)) {
    throw new RequestError(
      'foreign-page',
      'a web page cannot ask this: send no Origin, and as Host an address, localhost or the name in PROXY_ADDRESS',
    );
  }
  if (route.loopbackOnly && !isLoopback(env.incoming.socket.remoteAddress)) {
    throw new RequestError(
      'loopback-only',
      `${req.path} is for this machine alone: ask from 127.0.0.1 or ::1`,
    );
  }
};

const wantsJson = (context: Context): boolean =>
  accepts(context, {
    header: 'Accept',
    supports: ['text/plain', 'application/json'],
    default: 'text/plain',
  }) === 'application/json';

const respond = (context: Context, { text, json, type }: Answer): Response => {
  if (json !== undefined && wantsJson(context)) return context.json(json);
  return context.text(text, 200, type === undefined ? {} : { 'content-type': type });
};
