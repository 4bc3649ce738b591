import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  type Output,
} from '@aws-sdk/client-cloudformation';
import type { Applications } from '../../lambda/aws/sns-gateway.ts';
import { AdminError } from './failure.ts';

/** What a command must know of a deployment, wherever it runs. */
export type Deployment = {
  tableName: string;
  apiId: string;
  apps: readonly string[];
  registrationDays: number;
  /** Where its platform applications are, and what their names begin with. */
  applications: Applications;
};

/** AWS CloudFormation API reference, DescribeStacks: an unknown name is a ValidationError, as much else is. */
const isUnknownStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');

/** Gives an output of the stack by its name. @throws AdminError where it has none of this name */
export type Outputs = (key: string) => string;

/**
 * What a deployed stack tells of itself: where its keys, registrations and logs are, which API asks for them, and whom
 * it serves.
 *
 * @throws AdminError where there is no such stack; and where it is none of ours, once it is asked
 */
export const findDeployedStack = async (
  stack: string,
  config: CloudFormationClientConfig,
): Promise<Outputs> => {
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
  return (key) => {
    const value = outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    if (value) return value;
    throw new AdminError(
      `the stack ${stack} in ${region} has no output ${key}: it is another program's, or not deployed whole by this version`,
    );
  };
};
