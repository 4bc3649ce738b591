import { DomainName, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Settings } from './settings-schema.ts';

/** The endpoint's own host name: a certificate for it, and its record in the hosted zone. */
export class CustomDomain extends Construct {
  readonly domainName: DomainName;

  constructor(scope: Construct, id: string, domain: NonNullable<Settings['domain']>) {
    super(scope, id);
    // By its attributes, since a look-up would need an account to synthesize.
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: domain.hostedZoneId,
      zoneName: domain.hostedZoneName,
    });
    this.domainName = new DomainName(this, 'DomainName', {
      domainName: domain.name,
      securityPolicy: SecurityPolicy.TLS_1_2,
      certificate: new Certificate(this, 'Certificate', {
        domainName: domain.name,
        validation: CertificateValidation.fromDns(zone),
      }),
    });
    new ARecord(this, 'Record', {
      zone,
      recordName: domain.name,
      target: RecordTarget.fromAlias(
        new ApiGatewayv2DomainProperties(
          this.domainName.regionalDomainName,
          this.domainName.regionalHostedZoneId,
        ),
      ),
    });
  }
}
