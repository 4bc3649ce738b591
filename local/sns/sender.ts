import type { Verdict } from './failures.ts';
import type { Application } from './store.ts';
import type { Lifetime } from './ttl.ts';

/** The way from one application to its provider. */
export type Sender<Payload> = {
  /** One attempt. Never rejects. */
  send(payload: Payload, token: string, lifetime: Lifetime): Promise<Verdict>;
  /** Ends what is under way; nothing stays open. */
  close(): void;
};

export type SenderOptions = {
  /** The provider's origin. */
  url: string;
  /** PEM: who may have signed the provider's certificate. */
  ca: string;
  now: () => number;
  /** Milliseconds that an answer may take. */
  requestTimeoutMs: number;
};

const credentialsOf = ({ attributes }: Application): string =>
  JSON.stringify([
    attributes['PlatformPrincipal'],
    attributes['PlatformCredential'],
    attributes['ApplePlatformTeamID'],
    attributes['ApplePlatformBundleID'],
  ]);

/**
 * The senders of a provider, one for each application and credential. One whose credential was replaced stays
 * open until the end: what is under way on it is not lost.
 */
export const createSenders = <Payload>(create: (application: Application) => Sender<Payload> | undefined) => {
  const senders: Sender<Payload>[] = [];
  const current = new Map<string, { credentials: string; sender: Sender<Payload> }>();
  return {
    /** @returns undefined where the credentials are of no use */
    of(application: Application): Sender<Payload> | undefined {
      const credentials = credentialsOf(application);
      const known = current.get(application.arn);
      if (known?.credentials === credentials) return known.sender;
      const sender = create(application);
      if (!sender) return undefined;
      senders.push(sender);
      current.set(application.arn, { credentials, sender });
      return sender;
    },
    close(): void {
      for (const sender of senders) sender.close();
    },
  };
};
