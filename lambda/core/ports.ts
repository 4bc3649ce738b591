import type { PushReason } from './contract.ts';
import type { Push } from './payload.ts';
import type { Application, Registration, RegistrationKey, SnsApplication } from './registration.ts';

/**
 * Where registrations are kept. Every method is one request to the table, so a crash can fall between any
 * two calls, and nowhere else. Reads give rows past their `expiresAt` too: core drops them.
 */
export type RegistrationTable = {
  /**
   * Writes who, where and when of a registration, whatever was there; clears a refusal; leaves
   * `endpointArn` and `verifiedAt` as they are. Gives the row as it was before.
   */
  claim(registration: Registration): Promise<Registration | undefined>;

  /**
   * Like `claim`, but only if there is no row, or one of the same application that was claimed earlier, or one
   * that is dead by now (`registeredAt`).
   * Forgets `verifiedAt`. Gives whether it was written.
   */
  inherit(registration: Registration): Promise<boolean>;

  /** Rows of one token at one PBX. Strongly consistent. */
  ofToken(pbxId: string, tokenHash: string): Promise<Registration[]>;

  /** Rows of one token at every PBX. Strongly consistent. Only for deciding on an endpoint, never for an answer. */
  ofTokenAnywhere(tokenHash: string): Promise<Registration[]>;

  /** One row. Strongly consistent. */
  get(key: RegistrationKey): Promise<Registration | undefined>;

  /** Rows of one extension, from the index: may lag behind the table. */
  ofExtension(pbxId: string, extension: string): Promise<Registration[]>;

  /** Names of the rows that carry an endpoint, from the index: may lag behind the table. */
  ofEndpoint(endpointArn: string): Promise<RegistrationKey[]>;

  /**
   * Sets endpoint attributes if the row is there and was registered when we think, for the application that the
   * endpoint is of: two claims may bear the same millisecond. Gives whether it was written.
   */
  setEndpoint(
    key: RegistrationKey,
    endpoint: { endpointArn: string; verifiedAt?: number },
    onlyIf: { registeredAt: number } & Application,
  ): Promise<boolean>;

  /**
   * Notes a refusal, or clears it (`undefined`), if the row was registered, verified and refused as we think: what a call
   * inferred overwrites neither what a provider has said, nor what an operator has taken back. `expiresAt` is set with it.
   */
  setRefusal(
    key: RegistrationKey,
    refusal: { at: number; reason: PushReason } | undefined,
    expiresAt: number,
    onlyIf: Pick<Registration, 'registeredAt' | 'verifiedAt' | 'disabledReason'>,
  ): Promise<boolean>;

  /** Removes the row, given conditions only where they hold. Gives whether a row was removed. */
  remove(key: RegistrationKey, onlyIf?: { registeredAt?: number; extension?: string }): Promise<boolean>;
};

/** What the fleet guard has noted of one app. Times are epoch milliseconds. */
export type GuardNotes = {
  /** Set while no token of the app is marked as refused. */
  trippedAt?: number;
  /** When an operator last cleared the flag. */
  clearedAt?: number;
  /** How many tokens were refused in which hour (`2026-11-22T12`), for eight days at least. An hour without is left out. */
  hours: { hour: string; refusals: number }[];
};

/** Where the fleet guard counts. Every method is one request, as with RegistrationTable. */
export type GuardTable = {
  /** Strongly consistent. */
  readGuard(app: string): Promise<GuardNotes>;
  /** Counts a token, and gives how many there are in that hour; undefined where it was counted in it before. */
  countRefusal(app: string, hour: string, tokenHash: string): Promise<number | undefined>;
  /**
   * Sets the flag; where it is set, it stays as it is, and where it was cleared since, too.
   *
   * @param clearedAt when it was last cleared, as it was read
   */
  tripGuard(app: string, at: number, clearedAt: number | undefined): Promise<void>;
};

/** Why a provider gateway did not do what it was asked to. */
export type RefusalReason = PushReason | 'endpoint-missing';

/** What a PushGateway and an EndpointGateway throw, and the only thing. Its message holds no token. */
export class PushRefusal extends Error {
  override readonly name = 'PushRefusal';
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason, options?: ErrorOptions) {
    super(`push refused: ${reason}`, options);
    this.reason = reason;
  }
}

/** What a push is handed to: an endpoint of SNS or, on a platform that SNS does not serve, the app's token itself. */
export type Destination = { endpointArn: string } | { app: string; token: string };

/** The way out to one provider or, behind one face, to all of them. Rejects with PushRefusal alone. */
export type PushGateway = {
  /**
   * Hands a push over, in one try. Aborting the signal ends it, so that nothing goes out later. Gives the id by which the
   * provider, or a later failure, names this push.
   */
  publish(to: Destination, push: Push, signal: AbortSignal): Promise<string>;
};

/** The tokens of an application as SNS knows them. Every method is one request, and rejects with PushRefusal alone. */
export type EndpointGateway = {
  /** Whether an endpoint is one of this application: false after a token was registered for another app. */
  belongs(endpointArn: string, application: Application): boolean;
  /** Makes or finds the endpoint of a token. Does not enable one that is disabled. */
  createEndpoint(application: SnsApplication, token: string): Promise<string>;
  /** Enables an endpoint; rejects with `endpoint-missing` where there is none. */
  enableEndpoint(endpointArn: string): Promise<void>;
  /** May be repeated; deleting what is not there is no error. */
  deleteEndpoint(endpointArn: string): Promise<void>;
};

export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
};
