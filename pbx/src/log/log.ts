/** A phone in a line: its deviceId, or its token's fingerprint where it has none. */
type PhoneFields = {
  deviceId?: string;
  fingerprint?: string;
  platform: string;
  accepted: boolean;
  reason?: string;
};

type AnswerFields = {
  to: string;
  uuid: string;
  callId: string | undefined;
  outcome: 'sent' | 'none' | 'unknown';
  code?: string;
  devices: number;
  accepted: number;
  phones: readonly PhoneFields[];
  durationMs: number;
};
type PushFields = AnswerFields & { ringSeconds: number; test: boolean | undefined };

type SpoolFields = {
  /** Its number in the spool. */
  entry: number;
  operation: 'register' | 'update' | 'delete';
  extension?: string;
  deviceId?: string;
  fingerprint?: string;
  /** The new token's, of an update. */
  newFingerprint?: string;
};
type DeliveryFields = SpoolFields & {
  /** Since it was taken. */
  ageMs: number;
  code?: string;
};

/**
 * What the lines hold that `pns why` reads; they may hold more. Logs of former versions are read too: what is renamed
 * here is not found in them any more.
 */
export type LogFields = {
  /** A register, update or delete is on disk. */
  spooled: SpoolFields;
  /** It has reached the proxy. */
  delivered: DeliveryFields;
  /** It has not, and is tried again. */
  delivery_failed: DeliveryFields;
  /** The proxy refused it for good; or it cannot be read, so that nothing else is known of it. */
  kept_aside: DeliveryFields | { entry: number; code: string };
  push_call: PushFields;
  /** A push sent once more, since the phone brought no REGISTER. */
  push_again: PushFields;
  push_cancel: AnswerFields & { reason: string };
  /** A phone of an extension has registered with the PBX. */
  registered: { extension: string; deviceId: string | undefined; uuids: readonly string[] };
  breaker_opened: { code: string };
};

/**
 * Everything that pns logs. No token, key, text or name of a person stands in any of it: a token appears as its
 * fingerprint.
 */
export type LogEvent =
  | keyof LogFields
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'reloaded'
  | 'reload_refused'
  | 'push_message'
  /** Somebody has given up a request, and it is sent no more. */
  | 'dropped'
  /** The spool could not be used for a while. */
  | 'spool_mended'
  | 'breaker_closed'
  | 'request_refused'
  | 'internal_error'
  /** Something in pns.conf should not stay so, or takes a restart. */
  | 'settings_warning'
  /** The log could not be written for a while. */
  | 'log_lines_lost'
  /** systemd could not be told how pns fares. */
  | 'notify_failed';

type Fields = Record<string, unknown>;
type FieldsOf<Event extends LogEvent> = Event extends keyof LogFields ? LogFields[Event] & Fields : Fields;

export type Log = <Event extends LogEvent>(
  level: 'debug' | 'info' | 'warn' | 'error',
  event: Event,
  fields?: FieldsOf<Event>,
) => void;
