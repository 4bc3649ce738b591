import { PlatformApplicationError } from './platform-application-error.ts';

const applePlatforms = ['APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX'] as const;

/** Where an application's credential is, and what it has to be one of. */
export type ApplicationSettings = {
  name: string;
  /** A secret's name in Secrets Manager. */
  secret: string;
  /** Its version: a VersionId (a UUID), or else a staging label. */
  secretVersion: string;
  /** The topic that delivery failures go to. */
  failureTopicArn: string;
  /** The role with which SNS logs what became of each push. @default - SNS logs nothing */
  deliveryStatusRoleArn?: string;
} & (
  | { platform: 'GCM'; projectId: string }
  | { platform: (typeof applePlatforms)[number]; teamId: string; keyId: string; bundleId: string }
);

/** Reads a custom resource's properties. Throws PlatformApplicationError by the property's name. */
export const readApplicationSettings = (
  properties: Readonly<Record<string, unknown>>,
): ApplicationSettings => {
  const text = (property: string): string => {
    const value = properties[property];
    if (typeof value !== 'string' || value === '')
      throw new PlatformApplicationError(`resource property ${property}: expected a text`);
    return value;
  };
  const common = {
    name: text('name'),
    secret: text('secret'),
    secretVersion: text('secretVersion'),
    failureTopicArn: text('failureTopicArn'),
    ...(properties['deliveryStatusRoleArn'] !== undefined && {
      deliveryStatusRoleArn: text('deliveryStatusRoleArn'),
    }),
  };
  const named = text('platform');
  if (named === 'GCM') return { ...common, platform: named, projectId: text('projectId') };
  const platform = applePlatforms.find((known) => known === named);
  if (platform === undefined)
    throw new PlatformApplicationError(
      `resource property platform: expected GCM or one of ${applePlatforms.join(', ')}`,
    );
  return {
    ...common,
    platform,
    teamId: text('teamId'),
    keyId: text('keyId'),
    bundleId: text('bundleId'),
  };
};
