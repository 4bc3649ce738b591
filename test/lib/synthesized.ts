import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { vi } from 'vitest';
import { addDeployment } from '../../lib/deployment.ts';
import { parseSettings } from '../../lib/settings.ts';

// The first synthesis takes seconds, and many more while others use the processor.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = join(import.meta.dirname, '../..');
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

const demo = {
  fcm: { projectId: 'demo-12345', secret: 'pns/demo/fcm' },
  apple: {
    teamId: 'ABCDE12345',
    keyId: 'FGHIJ67890',
    bundleId: 'com.example.demo',
    secret: 'pns/demo/apple',
    secretVersion: 'v2',
  },
};

/** The least that a deployment needs. The account makes ARNs literal, so that tests can say them. */
export const least = {
  stack: 'pns',
  region: 'eu-west-1',
  account: '123456789012',
  apps: { demo, droid: { fcm: { projectId: 'droid-12345', secret: 'pns/droid' } } },
};

/** The sides of an app that SNS does not serve. */
export const direct = {
  huawei: {
    projectId: '388421841221',
    v2: { clientId: '110012345', secret: 'pns/direct/huawei-v2' },
    v3: { secret: 'pns/direct/huawei-v3', secretVersion: 'v3' },
    voip: true,
  },
  webPush: {
    subject: 'mailto:push@example.com',
    publicKey: 'BGMLgkPKZ432MESyI9Hq9FzYVj1UySusAABtR3IXOP4WAo-TuqGTPEx-G3YMTYCeAjvMVMhp9hCQUBPLct2YN8U',
    secret: 'pns/direct/web-push',
  },
};

/** The stacks of these settings (`undefined` takes a field away), under the flags of cdk.json, and without bundling the functions. */
export const stacksOf = (settings: object = {}) => {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  return { app, ...addDeployment(app, parseSettings(JSON.parse(JSON.stringify({ ...least, ...settings })))) };
};

/** Their templates. Fails where a check of CDK or cdk-nag does. */
export const templatesOf = (settings: object = {}) => {
  const { service, monitoring } = stacksOf(settings);
  return { service: Template.fromStack(service), monitoring: Template.fromStack(monitoring) };
};

type Resource = { Type: string; Properties: Record<string, unknown>; DependsOn?: string[] };

/** Resources of a type, by logical id without its hash. */
export const resourcesOf = (template: Template, type: string): Record<string, Resource> =>
  Object.fromEntries(
    Object.entries(template.findResources(type)).map(([id, { Type, Properties, ...rest }]) => [
      named(id),
      { Type, Properties: plain(Properties), ...rest },
    ]),
  );

const named = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** CloudFormation's references as texts: `<Table.Arn>`, `<PushApi>`; joined texts as one. */
const plain = (value: unknown): never => {
  const text = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(text);
    if (typeof inner !== 'object' || inner === null) return inner;
    if ('Ref' in inner) return `<${named(String(inner.Ref))}>`;
    if ('Fn::GetAtt' in inner && Array.isArray(inner['Fn::GetAtt'])) {
      const [id, attribute] = inner['Fn::GetAtt'];
      return `<${named(String(id))}.${attribute}>`;
    }
    if ('Fn::GetStackOutput' in inner) return `<${Object(inner['Fn::GetStackOutput']).OutputName}>`;
    if ('Fn::Join' in inner && Array.isArray(inner['Fn::Join'])) {
      const [separator, parts] = inner['Fn::Join'];
      return parts.map(text).join(separator);
    }
    return Object.fromEntries(Object.entries(inner).map(([key, nested]) => [key, text(nested)]));
  };
  return text(value) as never;
};
