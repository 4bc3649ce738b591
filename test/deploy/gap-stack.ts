import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';

/** What a client of MiniStack is made with. */
export const clientOf = (endpoint: string) => ({
  ...{ region: 'us-east-1', endpoint },
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** Makes a stack, to its end, and gives its outputs. */
export const createStack = async (endpoint: string, StackName: string, template: object) => {
  const client = new CloudFormationClient(clientOf(endpoint));
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  const patience = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  await waitUntilStackCreateComplete(patience, { StackName });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  client.destroy();
  return new Map(Stacks[0]?.Outputs?.map((one) => [one.OutputKey, one.OutputValue ?? '']));
};
