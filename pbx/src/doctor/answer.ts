import type { Context } from './context.ts';
import type { Answer } from './exchange.ts';
import type { Finding } from './finding.ts';
import { isHealthy, isTrusted } from './reach.ts';

/** Whether what answers `GET /health` is the push2 endpoint, and well. */
export const checkAnswer = async (context: Context): Promise<Finding[]> => {
  const reach = await context.reach();
  const { health } = reach;
  const { host } = new URL(context.settings.pushUrl);
  if (health === undefined) return [{ check: 'answer', level: 'skipped', what: 'nothing was asked' }];
  if (!isTrusted(reach) && !isHealthy(reach)) {
    return [
      { check: 'answer', level: 'skipped', what: 'another than the endpoint answers: see its certificate' },
    ];
  }
  if ('failure' in health) {
    return [
      {
        check: 'answer',
        level: 'fault',
        what: `${host} connects, but gives no answer to GET /health (${health.failure})`,
        remedy:
          'Try again in a minute. If it stays, a proxy holds the answer back, or the endpoint is down: tell whoever runs it.',
        details: { failure: health.failure },
      },
    ];
  }
  const { answer, askedAt, answeredAt } = health;
  if (!isHealthy(reach)) return [stranger(host, answer)];
  const what = `${host} is the push2 endpoint, and answers in ${answeredAt - askedAt} ms`;
  return [{ check: 'answer', level: 'ok', what, details: { milliseconds: answeredAt - askedAt } }];
};

const stranger = (host: string, { status, headers, text }: Answer): Finding => {
  const { server, via, location, 'content-type': contentType } = headers;
  const details = { status, contentType, server, via, locationHost: hostOf(location) };
  const parts = [
    contentType && `content type ${contentType}`,
    server && `server ${server}`,
    via && `via ${via}`,
    details.locationHost && `sent on to ${details.locationHost}`,
  ];
  const shown = parts.filter(Boolean).join(', ');
  const found = (what: string, remedy: string): Finding => ({
    check: 'answer',
    level: 'fault',
    what: `${what}: HTTP ${status}${shown && `, ${shown}`}`,
    remedy,
    details,
  });
  if (isGateway(text)) {
    return status >= 500 || status === 429
      ? found(
          `${host} is an endpoint in trouble`,
          'Try again in a minute; if it stays, tell whoever runs the endpoint.',
        )
      : found(
          `${host} has no push2 endpoint under this PUSH_URL`,
          'Compare PUSH_URL, its path too, with what your provider gave you.',
        );
  }
  return found(
    `what answers for ${host} is not the push2 endpoint`,
    `A proxy or a log-in page of the network is in the way, or PUSH_URL is wrong. Exempt this machine, or name the proxy in HTTPS_PROXY.`,
  );
};

/** API Gateway's own answers are `{"message"}` and nothing else. */
const isGateway = (text: string): boolean => {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && Object.keys(body).join() === 'message';
  } catch {
    return false;
  }
};

/** Without its path and query, which may hold what is nobody's business. */
const hostOf = (location: string | undefined): string | undefined =>
  location === undefined ? undefined : (URL.parse(location)?.host ?? undefined);
