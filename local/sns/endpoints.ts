import { randomUUID } from 'node:crypto';
import { findApplication } from './applications.ts';
import { checkArn, endpointArn, type Place } from './arn.ts';
import { invalid, SnsError } from './errors.ts';
import type { Events } from './events.ts';
import { pageToken, startOf } from './paging.ts';
import { isApple, type Platform } from './platforms.ts';
import { type Query, requiredMap } from './query.ts';
import type { Endpoint, Store } from './store.ts';
import { attributesElement, element, textElement } from './xml.ts';

/** Amazon SNS API Reference, ListEndpointsByPlatformApplication: up to 100 a page. */
const pageSize = 100;
const longestToken = 8192;
const longestUserData = 2048;

/** Gives the token as SNS keeps it: Apple's in lower case (API Reference, GetEndpointAttributes). */
const checkToken = (platform: Platform, token: string): string => {
  if (token === '') throw invalid('Token', 'cannot be empty');
  if (Buffer.byteLength(token) > longestToken) {
    throw invalid('Token', `must be at most ${longestToken} bytes long in UTF-8 encoding`);
  }
  if (!isApple(platform)) return token;
  if (!/^[0-9a-f]{1,400}$/i.test(token)) {
    throw invalid('Token', 'iOS device tokens must be no more than 400 hexadecimal characters');
  }
  return token.toLowerCase();
};

const checkAttributes = (attributes: Readonly<Record<string, string>>, settable: string[]): void => {
  for (const name of Object.keys(attributes)) {
    if (!settable.includes(name)) throw invalid('Attributes', `Invalid attribute name: ${name}`);
  }
  const { Enabled: enabled, CustomUserData: userData } = attributes;
  if (enabled !== undefined && !/^(true|false)$/i.test(enabled)) {
    throw invalid('Attributes', 'Invalid value for attribute: Enabled: must be true or false');
  }
  if (userData !== undefined && Buffer.byteLength(userData) > longestUserData) {
    throw invalid(
      'Attributes',
      `Invalid value for attribute: CustomUserData: must be at most ${longestUserData} bytes long in UTF-8 encoding`,
    );
  }
};

const isTrue = (value: string): boolean => value.toLowerCase() === 'true';

const readable = ({ token, enabled, customUserData }: Endpoint): Record<string, string> => ({
  Enabled: String(enabled),
  Token: token,
  ...(customUserData !== undefined && { CustomUserData: customUserData }),
});

const existsAlready = (arn: string) =>
  invalid('Token', `Endpoint ${arn} already exists with the same Token, but different attributes.`);

/** The actions on endpoints: each gives the markup of its result. */
export const endpointActions = (store: Store, place: Place, events: Events) => {
  const checkEndpointArn = (query: Query): string => {
    const arn = query.required('EndpointArn');
    checkArn(place, query.action, 'EndpointArn', arn, 'endpoint');
    return arn;
  };
  const findEndpoint = (query: Query): Endpoint => {
    const endpoint = store.endpoint(checkEndpointArn(query));
    if (!endpoint) throw new SnsError('NotFound', 'Endpoint does not exist');
    return endpoint;
  };
  const tell = (type: 'EndpointCreated' | 'EndpointUpdated' | 'EndpointDeleted', endpoint: Endpoint) => {
    const application = store.application(endpoint.applicationArn);
    const attributes = { Attributes: { Enabled: String(endpoint.enabled) } };
    if (application) events.emit(application, type, endpoint.arn, attributes);
  };

  return {
    CreatePlatformEndpoint(query: Query): string {
      const application = findApplication(store, place, query);
      const token = checkToken(application.platform, query.required('Token'));
      const userData = query.optional('CustomUserData');
      const attributes: Record<string, string> = {
        ...(userData !== undefined && { CustomUserData: userData }),
        ...query.map('Attributes'),
      };
      checkAttributes(attributes, ['Enabled', 'CustomUserData']);
      const enabled = attributes['Enabled'];
      const customUserData = attributes['CustomUserData'];

      const existing = store.endpointOf(application.arn, token);
      if (existing) {
        const sameState = enabled === undefined || isTrue(enabled) === existing.enabled;
        if (!sameState || customUserData !== existing.customUserData) throw existsAlready(existing.arn);
        return textElement('EndpointArn', existing.arn);
      }
      const endpoint = {
        arn: endpointArn(application.arn, randomUUID()),
        applicationArn: application.arn,
        token,
        enabled: isTrue(enabled ?? 'true'),
        customUserData,
      };
      store.saveEndpoint(endpoint);
      tell('EndpointCreated', endpoint);
      return textElement('EndpointArn', endpoint.arn);
    },

    GetEndpointAttributes: (query: Query): string => attributesElement(readable(findEndpoint(query))),

    SetEndpointAttributes(query: Query): string {
      const attributes = requiredMap(query, 'Attributes');
      const endpoint = findEndpoint(query);
      const application = store.application(endpoint.applicationArn);
      checkAttributes(attributes, ['Enabled', 'CustomUserData', 'Token']);
      const { Enabled: enabled, CustomUserData: customUserData, Token: token } = attributes;
      const updated = {
        ...endpoint,
        ...(enabled !== undefined && { enabled: isTrue(enabled) }),
        ...(customUserData !== undefined && { customUserData }),
        ...(token !== undefined && application && { token: checkToken(application.platform, token) }),
      };
      const twin = store.endpointOf(endpoint.applicationArn, updated.token);
      if (twin && twin.arn !== endpoint.arn) throw existsAlready(twin.arn);
      store.saveEndpoint(updated);
      tell('EndpointUpdated', updated);
      return '';
    },

    DeleteEndpoint(query: Query): string {
      const arn = checkEndpointArn(query);
      const endpoint = store.endpoint(arn);
      if (endpoint && store.removeEndpoint(arn)) tell('EndpointDeleted', endpoint);
      return '';
    },

    ListEndpointsByPlatformApplication(query: Query): string {
      const application = findApplication(store, place, query);
      const { items, next } = store.endpoints(application.arn, startOf(query), pageSize);
      const members = items.map((endpoint) =>
        element('member', textElement('EndpointArn', endpoint.arn), attributesElement(readable(endpoint))),
      );
      return [element('Endpoints', ...members), pageToken(next)].join('');
    },
  };
};
