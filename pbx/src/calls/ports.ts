import type { PushCallRequest, PushCancelRequest, PushResult } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Settings } from '../settings/settings.ts';
import type { Ask, AskOptions } from './ask.ts';
import type { Clock } from './clock.ts';

export type CallPorts = {
  /** Rejects with PnsProxyError. */
  proxy: {
    pushCall(request: PushCallRequest, options: AskOptions): Promise<PushResult>;
    pushCancel(request: PushCancelRequest, options: AskOptions): Promise<PushResult>;
  };
  ask: Ask;
  settings: () => Settings;
  log: Log;
  /** Waits until what was registered for this extension has reached the proxy, or so many milliseconds. */
  settled?: (extension: string, milliseconds: number) => Promise<unknown>;
  clock: Clock;
};
