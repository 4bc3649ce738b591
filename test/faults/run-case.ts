import { expect } from 'vitest';
import type { Answer } from '../local/support.ts';
import type { Operation } from './operation.ts';
import { createSubject, patiently } from './subject.ts';
import type { Plan } from './watch.ts';
import type { World } from './world.ts';

/** How long a planned fault may take to be met, where the table's stream or an event meets it, in milliseconds. */
const metMs = 25_000;

const within = async (met: Promise<void>): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the planned fault was never made')), metMs);
  await Promise.race([met, promise]).finally(() => clearTimeout(timer));
};

/** A failure is a 5xx that says that it may be tried again, and says nothing else. */
const expectRetryable = ({ status, body }: Answer, { action, kind }: Plan): void => {
  // API Gateway's own: the function threw, as the authorizer does, or it was gone.
  if (body['code'] === undefined) {
    expect(action === 'GetItem' || kind.startsWith('crash')).toBe(true);
    expect({ status, body }).toEqual({ status: 500, body: { message: 'Internal Server Error' } });
    return;
  }
  expect({ status, body }).toMatchObject({ status: 503, body: { code: 'unavailable', retryable: true } });
  expect(body).not.toHaveProperty('detail');
};

/** One request of a PBX with one planned fault, the repeat where it failed, and what must hold. */
export const runCase = async (world: World, operation: Operation, plan: Plan): Promise<void> => {
  const { action, nth, kind, lasting } = plan;
  const { act, isDone = ({ status }: Answer) => status === 200 } = operation;
  const caseName = `${operation.name}: ${action} ${nth} ${kind}${lasting ? ', lasting' : ''}`;
  const subject = await createSubject(world, caseName);
  if (operation.mayLeave !== undefined) world.mayStay.add(operation.mayLeave(subject));
  await operation.prepare(subject);

  subject.watch.begin(plan);
  const first = await act(subject).catch(() => undefined);
  await within(subject.watch.met());
  subject.watch.end();

  // One request more than it asks: that which was met by the fault was sent again, and no other.
  const { asks, after = [] } = operation;
  const isPlain = !lasting && subject.watch.seen().length <= asks.length + after.length + 1;
  if (first !== undefined && first.status !== 200 && !isDone(first)) expectRetryable(first, plan);
  if (first !== undefined) operation.answered?.(first, plan, isPlain);
  let answer = first;
  if (answer === undefined || !isDone(answer)) {
    await operation.meanwhile?.(subject);
    answer = await patiently(() => act(subject), isDone);
    expect({ status: answer.status, body: answer.body, isDone: isDone(answer) }).toMatchObject({
      isDone: true,
    });
  }
  await operation.acknowledged(subject, answer);

  // What is left when all cases are over was lost by one of them.
  await subject.deleted();
  expect(await subject.devices()).toEqual([]);
  world.unwatch(subject.watch);
};

/** What the operation asks AWS where nothing fails. */
export const dryRun = async (world: World, operation: Operation): Promise<string[]> => {
  const subject = await createSubject(world, operation.name);
  await operation.prepare(subject);
  subject.watch.begin();
  await operation.act(subject);
  await world.idle();
  const seen = subject.watch.seen();
  await subject.deleted();
  world.unwatch(subject.watch);
  return seen;
};
