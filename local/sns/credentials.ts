import { createPrivateKey, type KeyObject } from 'node:crypto';
import { parseObject } from './json.ts';
import { isApple, type Platform } from './platforms.ts';

/** Token authentication: a signing key (.p8) of a team, and the app that it is used for. */
export type AppleCredentials = { teamId: string; keyId: string; bundleId: string; privateKey: KeyObject };

/** A service account of a Firebase project. */
export type GoogleCredentials = {
  projectId: string;
  clientEmail: string;
  privateKeyId: string;
  privateKey: KeyObject;
  /** Where an access token is had: https. */
  tokenUri: string;
};

const parseKey = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};

/** @returns undefined where SNS would find the credentials invalid */
export const readAppleCredentials = (
  attributes: Readonly<Record<string, string>>,
): AppleCredentials | undefined => {
  const keyId = attributes['PlatformPrincipal'];
  const teamId = attributes['ApplePlatformTeamID'];
  const bundleId = attributes['ApplePlatformBundleID'];
  const privateKey = parseKey(attributes['PlatformCredential'] ?? '');
  const curve = privateKey?.asymmetricKeyDetails?.namedCurve;
  if (!keyId || !teamId || !privateKey || curve !== 'prime256v1') return undefined;
  // The bundle becomes a header: the topic of what names none.
  if (!bundleId || !/^[\w.-]+$/.test(bundleId)) return undefined;
  return { teamId, keyId, bundleId, privateKey };
};

/** @returns undefined where SNS would find the credentials invalid */
export const readGoogleCredentials = (
  attributes: Readonly<Record<string, string>>,
): GoogleCredentials | undefined => {
  const account = parseObject(attributes['PlatformCredential'] ?? '');
  if (account?.['type'] !== 'service_account') return undefined;
  const field = (name: string): string => {
    const value = account[name];
    return typeof value === 'string' ? value : '';
  };
  const privateKey = parseKey(field('private_key'));
  const credentials = {
    projectId: field('project_id'),
    clientEmail: field('client_email'),
    privateKeyId: field('private_key_id'),
    tokenUri: field('token_uri'),
  };
  const { projectId, clientEmail, privateKeyId, tokenUri } = credentials;
  if (!projectId || !clientEmail || !privateKeyId || privateKey?.asymmetricKeyType !== 'rsa')
    return undefined;
  if (!URL.canParse(tokenUri) || new URL(tokenUri).protocol !== 'https:') return undefined;
  return { ...credentials, privateKey };
};

export const areCredentialsValid = (
  platform: Platform,
  attributes: Readonly<Record<string, string>>,
): boolean =>
  (isApple(platform) ? readAppleCredentials(attributes) : readGoogleCredentials(attributes)) !== undefined;
