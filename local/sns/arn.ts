import { invalid, SnsError } from './errors.ts';
import type { Platform } from './platforms.ts';

/** Which account's SNS this is, and in which region. */
export type Place = { region: string; account: string };

export const applicationArn = ({ region, account }: Place, platform: Platform, name: string): string =>
  `arn:aws:sns:${region}:${account}:app/${platform}/${name}`;

/** An endpoint's ARN carries its application's platform and name. */
export const endpointArn = (application: string, id: string): string =>
  `${application.replace(':app/', ':endpoint/')}/${id}`;

/** What SNS authorizes an action on: endpoint actions too are checked against the application. */
const resourceOf = (arn: string): string => arn.replace(/:endpoint\/([^/]+)\/([^/]+)\/.*$/, ':app/$1/$2');

const slashes = { app: 2, endpoint: 3 } as const;

/**
 * Refuses what is no ARN of that kind, and what belongs to another account.
 * @param parameter - its name in the request, for the error
 */
export const checkArn = (
  place: Place,
  action: string,
  parameter: string,
  arn: string,
  kind: keyof typeof slashes,
): void => {
  const elements = arn.split(':');
  if (elements.length < 6) {
    throw invalid(parameter, `An ARN must have at least 6 elements, not ${elements.length}`);
  }
  const relative = elements.slice(5).join(':');
  if (relative.split('/').length - 1 !== slashes[kind]) {
    throw invalid(parameter, 'Wrong number of slashes in relative portion of the ARN.');
  }
  if (elements[4] !== place.account) {
    throw new SnsError(
      'AuthorizationError',
      `User: arn:aws:iam::${place.account}:root is not authorized to perform: SNS:${action} on resource: ${resourceOf(arn)}`,
    );
  }
};
