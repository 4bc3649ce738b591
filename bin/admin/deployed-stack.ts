import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  type Output,
} from '@aws-sdk/client-cloudformation';
import { AdminError } from './failure.ts';

/** AWS CloudFormation API reference, DescribeStacks: an unknown name is a ValidationError, as much else is. */
const isUnknownStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');

/**
 * Where a deployed stack keeps its keys and registrations, and which API asks for them.
 *
 * @throws AdminError where there is no such stack, or it is none of ours
 */
export const findDeployedStack = async (
  stack: string,
  config: CloudFormationClientConfig,
): Promise<{ tableName: string; apiId: string }> => {
  const client = new CloudFormationClient(config);
  const region = await client.config.region();
  const describe = async (): Promise<Output[]> => {
    try {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
      return Stacks?.[0]?.Outputs ?? [];
    } catch (error) {
      if (!isUnknownStack(error)) throw error;
      throw new AdminError(
        `there is no stack ${stack} in ${region}: name it with --stack, and its region with --region`,
        { cause: error },
      );
    } finally {
      client.destroy();
    }
  };
  const outputs = await describe();
  const output = (key: string): string => {
    const value = outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    if (value) return value;
    throw new AdminError(
      `the stack ${stack} in ${region} has no output ${key}: it is another program's, or not deployed whole`,
    );
  };
  return { tableName: output('TableName'), apiId: output('ApiId') };
};
