import { connectionOf, endIdle } from './connection.ts';
import type {
  DeleteRequest,
  DeleteResult,
  DevicesResult,
  PushCallRequest,
  PushCancelRequest,
  PushMessageRequest,
  PushResult,
  RegisterRequest,
  RegisterResult,
  UpdateRequest,
  UpdateResult,
} from './contract.ts';
import * as exchanges from './exchanges.ts';
import type { ClientOptions, RequestOptions } from './options.ts';
import { perform } from './perform.ts';

/** Every method rejects with PnsProxyError alone. */
export type Client = {
  register(request: RegisterRequest, options?: RequestOptions): Promise<RegisterResult>;
  /**
   * Without `uuid` and `callId` it makes a UUID, the same for every try. `ringSeconds` (30 unless given, whatever the
   * deployment's default) counts from this call: each try is sent with what is left, and none with less than 3 seconds.
   */
  pushCall(request: PushCallRequest, options?: RequestOptions): Promise<PushResult>;
  pushCancel(request: PushCancelRequest, options?: RequestOptions): Promise<PushResult>;
  /** Without `messageId` it makes one, the same for every try. */
  pushMessage(request: PushMessageRequest, options?: RequestOptions): Promise<PushResult>;
  update(request: UpdateRequest, options?: RequestOptions): Promise<UpdateResult>;
  delete(request: DeleteRequest, options?: RequestOptions): Promise<DeleteResult>;
  devices(extension: string, options?: RequestOptions): Promise<DevicesResult>;
  /** Ends connections that are kept alive and idle. The client may be used again. */
  close(): void;
};

/** @throws TypeError if an option is wrong: it says which, and never its value */
export const createClient = (options: ClientOptions): Client => {
  const connection = connectionOf(options);
  return {
    register: (request, options) => perform(connection, () => exchanges.register(request), options),
    pushCall: (request, options) => perform(connection, () => exchanges.pushCall(request), options),
    pushCancel: (request, options) => perform(connection, () => exchanges.pushCancel(request), options),
    pushMessage: (request, options) => perform(connection, () => exchanges.pushMessage(request), options),
    update: (request, options) => perform(connection, () => exchanges.update(request), options),
    delete: (request, options) => perform(connection, () => exchanges.remove(request), options),
    devices: (extension, options) => perform(connection, () => exchanges.devices(extension), options),
    close: () => endIdle(connection),
  };
};
