import { describe, expectTypeOf, it } from 'vitest';
import type {
  Client,
  ClientOptions,
  Device,
  PhoneOutcome,
  PnsProxyError,
  PushResult,
} from '../../client/src/index.ts';

/** The type checker is what tests here: `tsc` fails where one of these is not so. */
describe('types', () => {
  it('of requests and answers', () => {
    expectTypeOf<Parameters<Client['pushCall']>[0]>().toExtend<{ to: string; ringSeconds?: number }>();
    expectTypeOf<Client['pushCall']>().returns.resolves.toEqualTypeOf<PushResult>();
    expectTypeOf<Client['devices']>().returns.resolves.toExtend<{ devices: Device[] }>();
    expectTypeOf<PushResult['phones'][number]>().toEqualTypeOf<PhoneOutcome>();
    // A token is no part of what comes back.
    expectTypeOf<Device>().not.toHaveProperty('token');
  });

  it('of options: url and key alone are required, and no option may be undefined', () => {
    expectTypeOf<{ url: string; key: string }>().toExtend<ClientOptions>();
    expectTypeOf<{ url: string }>().not.toExtend<ClientOptions>();
    expectTypeOf<{ url: string; key: string; deadlineMs: undefined }>().not.toExtend<ClientOptions>();
  });

  it('of deletes: by token or by extension, never both', () => {
    type Delete = Parameters<Client['delete']>[0];
    expectTypeOf<{ token: string; line: number }>().toExtend<Delete>();
    expectTypeOf<{ extension: string; fingerprint: string }>().toExtend<Delete>();
    expectTypeOf<{ line: number }>().not.toExtend<Delete>();
  });

  it('of errors', () => {
    expectTypeOf<PnsProxyError>().toExtend<Error>();
    expectTypeOf<PnsProxyError['name']>().toEqualTypeOf<'PnsProxyError'>();
    expectTypeOf<PnsProxyError['status']>().toEqualTypeOf<number | undefined>();
  });
});
