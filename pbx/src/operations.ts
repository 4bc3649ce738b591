import type {
  DeleteRequest,
  PhoneOutcome,
  PnsProxyErrorCode,
  PushCallRequest,
  PushCancelRequest,
  PushMessageRequest,
  RegisterRequest,
  UpdateRequest,
} from 'pns-proxy-client';

/** What a push came to: `unknown` where it may go out, or have gone out, though no good answer tells so. */
export type Outcome = 'sent' | 'none' | 'unknown';

/** Why pns itself asked the proxy for nothing. */
export type OwnCode =
  /** The proxy had just been seen down. */
  | 'breaker-open'
  /** A push whose cancel had come. */
  | 'cancelled'
  /** A cancel of what was never pushed. */
  | 'not-pushed'
  /** A cancel whose phones had all registered. */
  | 'all-registered';

export type CallAnswer = {
  /** How many phones can be reached by this kind of push. */
  devices: number;
  /** For how many of them a push was taken. */
  accepted: number;
  outcome: Outcome;
  uuid: string;
  phones: readonly PhoneOutcome[];
  /** Why there is no better answer. */
  code?: PnsProxyErrorCode | OwnCode;
};

/** `to` alone means every call in progress to it. Which phones are told, pns decides. */
export type CancelRequest = Omit<PushCancelRequest, 'only' | 'except'>;

export type CancelAnswer = {
  /** How many calls were cancelled. */
  calls: number;
  /** How many phones a cancel was taken for. */
  accepted: number;
};

/** A phone has registered with the PBX: it needs neither a further push nor a cancel. */
export type RegisteredRequest = { extension: string; deviceId?: string };

export type MessageAnswer = Pick<CallAnswer, 'devices' | 'accepted' | 'outcome' | 'phones' | 'code'>;

/** What pns does: `server` makes it reachable, and the daemon puts it together. */
export type Operations = {
  /** The three resolve once the request is on disk, with its number in the spool. */
  register(request: RegisterRequest): Promise<number>;
  update(request: UpdateRequest): Promise<number>;
  delete(request: DeleteRequest): Promise<number>;
  pushCall(request: PushCallRequest): Promise<CallAnswer>;
  pushCancel(request: CancelRequest): Promise<CancelAnswer>;
  pushMessage(request: PushMessageRequest): Promise<MessageAnswer>;
  /** Gives to how many calls in progress this phone belongs. */
  registered(request: RegisteredRequest): Promise<number>;
  status(): Promise<Status>;
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  /** Begins to stop, and resolves at once. */
  stop(): Promise<void>;
  /** @throws SettingsError where the file is wrong; the settings stay as they were */
  reload(): Promise<void>;
};

export type Status = {
  version: string;
  pid: number;
  uptimeSeconds: number;
  /**
   * Registers, updates and deletes that have not reached the proxy, and the age of the oldest; `fault` tells why none is
   * taken now: the code of a SpoolError.
   */
  spool: { depth: number; oldestSeconds: number; keptAside: number; fault?: string };
  callsInProgress: number;
  proxy: {
    url: string;
    breaker: 'closed' | 'open' | 'half-open';
    /** ISO 8601. */
    lastSuccessAt?: string;
    lastFailureAt?: string;
    lastFailure?: PnsProxyErrorCode;
  };
};
