import type { PushMessageRequest, PushResult } from 'pns-proxy-client';
import type { MessageAnswer } from '../operations.ts';
import type { AskOptions } from './ask.ts';
import { levelOf } from './log-level.ts';
import { patienceOf } from './patience.ts';
import type { CallPorts } from './ports.ts';

type MessagePorts = Pick<CallPorts, 'ask' | 'settings' | 'log' | 'clock'> & {
  /** Rejects with PnsProxyError. */
  pushMessage(request: PushMessageRequest, options: AskOptions): Promise<PushResult>;
};

/**
 * Hands messages on. Like a call's, a push is not spooled, and never rejects; a PBX that must not lose one sends it
 * again under its `messageId`.
 */
export const createMessages =
  ({ pushMessage, ask, settings, log, clock }: MessagePorts) =>
  async (request: PushMessageRequest): Promise<MessageAnswer> => {
    const receivedAt = clock.now();
    const { answer, failure } = await ask(patienceOf(settings()), (options) => pushMessage(request, options));
    const { to, kind, messageId } = request;
    const durationMs = Math.round(clock.now() - receivedAt);
    log(levelOf(answer.code), 'push_message', { to, kind, messageId, ...answer, ...failure, durationMs });
    return answer;
  };
