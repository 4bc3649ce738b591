import { Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** How many secrets share a statement: CDK splits what is too long for one policy between statements only. */
const together = 10;

/** Allows a role to read these secrets, named as in the settings, and no others. */
export const allowSecrets = (role: IRole, names: readonly string[]): void => {
  const { partition, region, account } = Stack.of(role);
  const arns = [...new Set(names)].map(
    // Secrets Manager ends every ARN with six characters of its own.
    (name) => `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`,
  );
  for (let start = 0; start < arns.length; start += together)
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: arns.slice(start, start + together),
      }),
    );
};
