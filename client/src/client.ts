import { checkOptions } from './checked-options.ts';
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
import { endIdle, perform } from './perform.ts';

/** Every method rejects with PnsProxyError alone. */
export type Client = {
  /** `POST /register`. Sent again it changes nothing: `status` is `refreshed` then. */
  register(request: RegisterRequest, options?: RequestOptions): Promise<RegisterResult>;
  /**
   * `POST /push_call`. Without `uuid` and `callId` it makes a UUID, the same for every attempt. `ringSeconds` (30
   * unless given, whatever the deployment's default) counts from this call: each attempt is sent with what is left, and
   * none with less than 3 seconds.
   */
  pushCall(request: PushCallRequest, options?: RequestOptions): Promise<PushResult>;
  /** `POST /push_cancel`. */
  pushCancel(request: PushCancelRequest, options?: RequestOptions): Promise<PushResult>;
  /** `POST /push_message`. Without `messageId` it makes one, the same for every attempt. */
  pushMessage(request: PushMessageRequest, options?: RequestOptions): Promise<PushResult>;
  /** `POST /update`. Rejects with `unknown-token` where neither token is registered at this PBX. */
  update(request: UpdateRequest, options?: RequestOptions): Promise<UpdateResult>;
  /** `POST /delete`. `deleted` is 0 where there was nothing, or nothing any more. */
  delete(request: DeleteRequest, options?: RequestOptions): Promise<DeleteResult>;
  /** `GET /devices`: the registrations of an extension, those of refused tokens too. */
  devices(extension: string, options?: RequestOptions): Promise<DevicesResult>;
  /** Ends connections that are kept alive and idle. The client may be used again. */
  close(): void;
};

/** @throws TypeError if an option is wrong: it says which, and never its value */
export const createClient = (options: ClientOptions): Client => {
  const checked = checkOptions(options);
  return {
    register: (request, options) => perform(checked, () => exchanges.register(request), options),
    pushCall: (request, options) => perform(checked, () => exchanges.pushCall(request), options),
    pushCancel: (request, options) => perform(checked, () => exchanges.pushCancel(request), options),
    pushMessage: (request, options) => perform(checked, () => exchanges.pushMessage(request), options),
    update: (request, options) => perform(checked, () => exchanges.update(request), options),
    delete: (request, options) => perform(checked, () => exchanges.remove(request), options),
    devices: (extension, options) => perform(checked, () => exchanges.devices(extension), options),
    close: () => endIdle(checked.agent),
  };
};
