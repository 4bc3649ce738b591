import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CustomDomain } from './custom-domain.ts';
import type { Operations } from './operations.ts';
import type { Settings } from './settings-schema.ts';

/** One line a request, as JSON. No header, path or query: these hold keys and extensions. */
const accessLog = {
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
};

type PushApiProps = { readonly settings: Settings; readonly operations: Operations };

/** The push2 endpoint: an HTTP API whose routes, but for /health, ask the authorizer first. */
export class PushApi extends Construct {
  readonly api: HttpApi;
  /** Where a PBX sends its requests. */
  readonly url: string;
  /** Of the access log. */
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { settings, operations }: PushApiProps) {
    super(scope, id);
    const domain = settings.domain && new CustomDomain(this, 'Domain', settings.domain);
    this.api = new HttpApi(this, 'Api', {
      apiName: settings.stack,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
    });
    this.url = settings.domain ? `https://${settings.domain.name}` : this.api.apiEndpoint;

    const authorizer = new HttpLambdaAuthorizer('Authorizer', operations.authorize.function, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.Authorization'],
      // The longest there is: pns-admin resets the cache when it revokes a key.
      resultsCacheTtl: Duration.hours(1),
    });
    const route = (name: string, method: HttpMethod, path: string, target: IFunction) => ({
      path,
      methods: [method],
      integration: new HttpLambdaIntegration(name, target),
    });
    const authorized = [
      route('Register', HttpMethod.POST, '/register', operations.register.function),
      route('PushCall', HttpMethod.POST, '/push_call', operations.pushCallTarget),
      route('PushCancel', HttpMethod.POST, '/push_cancel', operations.pushCancel.function),
      route('PushMessage', HttpMethod.POST, '/push_message', operations.pushMessage.function),
      route('Update', HttpMethod.POST, '/update', operations.update.function),
      route('Delete', HttpMethod.POST, '/delete', operations.delete.function),
      route('Devices', HttpMethod.GET, '/devices', operations.devices.function),
    ];
    for (const options of authorized) this.api.addRoutes({ ...options, authorizer });
    const health = this.api.addRoutes(route('Health', HttpMethod.GET, '/health', operations.health.function));
    for (const open of health) {
      Validations.of(open).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'Says only that the endpoint is up, and is asked by monitors that have no key.',
      });
    }

    this.logGroup = new LogGroup(this, 'AccessLog', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: settings.throttle.ratePerSecond, burstLimit: settings.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
      },
      ...(domain && { domainMapping: { domainName: domain.domainName } }),
    });
  }
}
