import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { resourcesOf, templatesOf } from './synthesized.ts';

let service: Template;
let withDomain: Template;
beforeAll(() => {
  ({ service } = templatesOf());
  const domain = { name: 'push.example.com', hostedZoneId: 'Z012345', hostedZoneName: 'example.com' };
  ({ service: withDomain } = templatesOf({ domain }));
});

const only = (template: Template, type: string) => {
  const found = Object.values(resourcesOf(template, type));
  expect(found).toHaveLength(1);
  return found[0]?.Properties ?? {};
};

describe('routes', () => {
  test('each leads to its function, and all but /health ask the authorizer', () => {
    const integrations = resourcesOf(service, 'AWS::ApiGatewayV2::Integration');
    const routes = Object.values(resourcesOf(service, 'AWS::ApiGatewayV2::Route')).map(({ Properties }) => {
      const integration = integrations[String(Properties['Target']).replace(/^integrations\/<(.*)>$/, '$1')];
      expect(integration?.Properties).toMatchObject({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
      });
      const { RouteKey, AuthorizationType, AuthorizerId } = Properties;
      return [RouteKey, AuthorizationType, AuthorizerId, integration?.Properties['IntegrationUri']];
    });
    const authorizer = ['CUSTOM', '<PushApiAuthorizer>'];
    expect(routes).toEqual([
      ['POST /register', ...authorizer, '<OperationsRegisterFunction.Arn>'],
      ['POST /push_call', ...authorizer, '<OperationsPushCallFunction.Arn>'],
      ['POST /push_cancel', ...authorizer, '<OperationsPushCancelFunction.Arn>'],
      ['POST /push_message', ...authorizer, '<OperationsPushMessageFunction.Arn>'],
      ['POST /update', ...authorizer, '<OperationsUpdateFunction.Arn>'],
      ['POST /delete', ...authorizer, '<OperationsDeleteFunction.Arn>'],
      ['GET /devices', ...authorizer, '<OperationsDevicesFunction.Arn>'],
      ['GET /health', 'NONE', undefined, '<OperationsHealthFunction.Arn>'],
    ]);
  });

  test('the authorizer answers simply, for an hour', () => {
    expect(only(service, 'AWS::ApiGatewayV2::Authorizer')).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 3600,
      IdentitySource: ['$request.header.Authorization'],
    });
  });
});

describe('the stage', () => {
  test('is throttled as the settings say', () => {
    const { service: throttled } = templatesOf({ throttle: { ratePerSecond: 7, burst: 9 } });
    expect(only(throttled, 'AWS::ApiGatewayV2::Stage')).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
    });
  });

  test('logs who asked for what and how it went, and nothing that holds a key, a token or an extension', () => {
    const { AccessLogSettings } = only(service, 'AWS::ApiGatewayV2::Stage');
    expect(AccessLogSettings).toEqual({
      DestinationArn: '<PushApiAccessLog.Arn>',
      Format: expect.any(String),
    });
    const { Format } = Object(AccessLogSettings);
    expect(JSON.parse(Format)).toEqual({
      requestId: '$context.requestId',
      time: '$context.requestTimeEpoch',
      routeKey: '$context.routeKey',
      status: '$context.status',
      responseLatency: '$context.responseLatency',
      integrationLatency: '$context.integrationLatency',
      pbxId: '$context.authorizer.pbxId',
      keyId: '$context.authorizer.keyId',
      error: '$context.error.message',
      authorizerError: '$context.authorizer.error',
      integrationError: '$context.integrationErrorMessage',
    });
  });
});

describe('the domain', () => {
  const types = [
    'AWS::ApiGatewayV2::DomainName',
    'AWS::ApiGatewayV2::ApiMapping',
    'AWS::CertificateManager::Certificate',
    'AWS::Route53::RecordSet',
  ];

  test('is optional: without it, the endpoint has API Gateway’s own address', () => {
    for (const type of types) service.resourceCountIs(type, 0);
    expect(only(service, 'AWS::ApiGatewayV2::Api')).toMatchObject({ DisableExecuteApiEndpoint: false });
    expect(JSON.stringify(service.findOutputs('Url'))).toContain('ApiEndpoint');
  });

  test('takes the place of that address', () => {
    for (const type of types) withDomain.resourceCountIs(type, 1);
    expect(only(withDomain, 'AWS::ApiGatewayV2::Api')).toMatchObject({ DisableExecuteApiEndpoint: true });
    expect(only(withDomain, 'AWS::ApiGatewayV2::DomainName')).toMatchObject({
      DomainName: 'push.example.com',
      DomainNameConfigurations: [{ CertificateArn: '<PushApiDomainCertificate>', SecurityPolicy: 'TLS_1_2' }],
    });
    expect(only(withDomain, 'AWS::CertificateManager::Certificate')).toMatchObject({
      DomainName: 'push.example.com',
      DomainValidationOptions: [{ DomainName: 'push.example.com', HostedZoneId: 'Z012345' }],
    });
    expect(only(withDomain, 'AWS::Route53::RecordSet')).toMatchObject({
      Name: 'push.example.com.',
      Type: 'A',
      HostedZoneId: 'Z012345',
      AliasTarget: { DNSName: '<PushApiDomainDomainName.RegionalDomainName>' },
    });
    expect(withDomain.findOutputs('Url')['Url']?.['Value']).toBe('https://push.example.com');
  });
});
