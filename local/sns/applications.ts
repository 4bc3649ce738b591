import { applicationArn, checkArn, type Place } from './arn.ts';
import { areCredentialsValid } from './credentials.ts';
import { invalid, SnsError } from './errors.ts';
import { pageToken, startOf } from './paging.ts';
import { isPlatform, type Platform } from './platforms.ts';
import { type Query, requiredMap } from './query.ts';
import type { Application, Store } from './store.ts';
import { attributesElement, element, textElement } from './xml.ts';

const credentialAttributes = [
  'PlatformCredential',
  'PlatformPrincipal',
  'ApplePlatformTeamID',
  'ApplePlatformBundleID',
];
const secretAttributes = ['PlatformCredential', 'PlatformPrincipal'];
const topicAttributes = [
  'EventEndpointCreated',
  'EventEndpointDeleted',
  'EventEndpointUpdated',
  'EventDeliveryFailure',
];
const feedbackAttributes = ['SuccessFeedbackRoleArn', 'FailureFeedbackRoleArn', 'SuccessFeedbackSampleRate'];
const knownAttributes = new Set([
  'Enabled',
  ...credentialAttributes,
  ...topicAttributes,
  ...feedbackAttributes,
]);

const checkName = (name: string): void => {
  if (name === '') throw invalid('', 'cannot be empty');
  if (name.length > 256) throw invalid(name, 'must be at most 256 characters long');
  if (!/^[\w.-]+$/.test(name)) {
    throw invalid(name, "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'");
  }
};

const invalidValue = (name: string, reason: string) =>
  invalid('Attributes', `Invalid value for attribute: ${name}: ${reason}`);

const checkValues = (attributes: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (!knownAttributes.has(name)) throw invalid('Attributes', `Invalid attribute name: ${name}`);
    if (name === 'Enabled' && !/^(true|false)$/i.test(value)) {
      throw invalidValue(name, 'must be true or false');
    }
    if (topicAttributes.includes(name) && value !== '' && !/^arn:[\w-]+:sns:[^:]+:\d+:[^:]+$/.test(value)) {
      throw invalidValue(name, 'must be the ARN of a topic');
    }
    if (name === 'SuccessFeedbackSampleRate' && !/^(\d{1,2}|100)$/.test(value)) {
      throw invalidValue(name, 'must be an integer between 0-100');
    }
  }
};

/** What an application becomes when `changes` are set on what it had. */
const changed = (
  platform: Platform,
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): Pick<Application, 'attributes' | 'enabled'> => {
  checkValues(changes);
  if ('PlatformPrincipal' in changes && !('PlatformCredential' in changes)) {
    throw invalid('Attributes', 'PlatformPrincipal attribute provided without PlatformCredential');
  }
  const { Enabled: enabled, ...attributes } = { ...before, ...changes };
  const touchesCredentials = credentialAttributes.some((name) => name in changes);
  const isNew = Object.keys(before).length === 0;
  if ((isNew || touchesCredentials) && !areCredentialsValid(platform, attributes)) {
    throw invalid('Attributes', 'Platform credentials are invalid');
  }
  return { attributes, enabled: enabled?.toLowerCase() !== 'false' };
};

const isSame = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

/** A read never gives a credential (Amazon SNS API Reference, GetPlatformApplicationAttributes). */
const readable = ({ enabled, attributes }: Application): Record<string, string> => ({
  Enabled: String(enabled),
  AuthenticationMethod: 'token',
  ...Object.fromEntries(Object.entries(attributes).filter(([name]) => !secretAttributes.includes(name))),
});

/** Finds the application that a request names, or refuses. */
export const findApplication = (store: Store, place: Place, query: Query): Application => {
  const arn = query.required('PlatformApplicationArn');
  checkArn(place, query.action, 'PlatformApplicationArn', arn, 'app');
  const application = store.application(arn);
  if (!application) throw new SnsError('NotFound', 'PlatformApplication does not exist');
  return application;
};

/** The actions on platform applications: each gives the markup of its result. */
export const applicationActions = (store: Store, place: Place) => ({
  CreatePlatformApplication(query: Query): string {
    const changes = requiredMap(query, 'Attributes');
    const name = query.required('Name');
    const platform = query.required('Platform');
    checkName(name);
    if (!isPlatform(platform)) throw invalid('Platform', `${platform} is not supported`);
    const arn = applicationArn(place, platform, name);
    const application = { arn, platform, name, ...changed(platform, {}, changes) };
    const existing = store.application(arn);
    // What SNS answers for a name that is taken is not documented: the strict answer is assumed.
    if (existing && !isSame(existing.attributes, application.attributes)) {
      throw invalid('Name', `PlatformApplication ${arn} already exists with different attributes.`);
    }
    if (!existing) store.saveApplication(application);
    return textElement('PlatformApplicationArn', arn);
  },

  GetPlatformApplicationAttributes: (query: Query): string =>
    attributesElement(readable(findApplication(store, place, query))),

  SetPlatformApplicationAttributes(query: Query): string {
    const changes = requiredMap(query, 'Attributes');
    const application = findApplication(store, place, query);
    const before = { ...application.attributes, Enabled: String(application.enabled) };
    store.saveApplication({ ...application, ...changed(application.platform, before, changes) });
    return '';
  },

  DeletePlatformApplication(query: Query): string {
    const arn = query.required('PlatformApplicationArn');
    checkArn(place, query.action, 'PlatformApplicationArn', arn, 'app');
    store.removeApplication(arn);
    return '';
  },

  ListPlatformApplications(query: Query): string {
    const { items, next } = store.applications(startOf(query), 100);
    return [
      element(
        'PlatformApplications',
        ...items.map((application) =>
          element(
            'member',
            textElement('PlatformApplicationArn', application.arn),
            attributesElement(readable(application)),
          ),
        ),
      ),
      pageToken(next),
    ].join('');
  },
});
