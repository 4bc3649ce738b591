const roles = ['SuccessFeedbackRoleArn', 'FailureFeedbackRoleArn'] as const;

/**
 * What is to be set so that SNS logs what became of each push, or logs nothing any more; undefined where all is so.
 *
 * @param present attributes of the platform application as they are
 */
export const deliveryStatusChanges = (
  present: Readonly<Record<string, string>>,
  roleArn: string | undefined,
): Record<string, string> | undefined => {
  if (roleArn !== undefined)
    return {
      ...Object.fromEntries(roles.map((role) => [role, roleArn])),
      // Percent. SNS logs each failure whatever this says.
      SuccessFeedbackSampleRate: '100',
    };
  const left = roles.filter((role) => present[role]);
  return left.length === 0 ? undefined : Object.fromEntries(left.map((role) => [role, '']));
};
