import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './synthesized.ts';

/** A metric filter: `group` is the log group that it reads, by its logical id without its hash. */
export type Filter = { group: string; pattern: string; metric: string; value: string; namespace: string };

export const filtersOf = (monitoring: Template): Filter[] =>
  Object.values(resourcesOf(monitoring, 'AWS::Logs::MetricFilter')).map(({ Properties }) => {
    const [transformation] = Properties['MetricTransformations'] as Record<string, string>[];
    const [, group = ''] = /OutputRef(\w+Log)/.exec(JSON.stringify(Properties['LogGroupName'])) ?? [];
    return {
      group,
      pattern: String(Properties['FilterPattern']),
      metric: String(transformation?.['MetricName']),
      value: String(transformation?.['MetricValue']),
      namespace: String(transformation?.['MetricNamespace']),
    };
  });

const inLine = (line: unknown, selector: string): unknown =>
  selector
    .split('.')
    .slice(1)
    .reduce((inner: unknown, key) => (inner === Object(inner) ? Object(inner)[key] : undefined), line);

/**
 * Whether a pattern fits a line (Amazon CloudWatch Logs user guide, "Filter pattern syntax"): a JSON pattern of the kind
 * used here, or a term, which may stand anywhere in the line.
 */
const fits = (line: unknown, pattern: string): boolean => {
  if (!pattern.startsWith('{')) return JSON.stringify(line).includes(pattern.replace(/^"|"$/g, ''));
  const operators: Record<string, string> = { '=': '===', '>': '>', '>=': '>=' };
  const source = pattern
    .replace(/^\{|\}$/g, '')
    .replace(/(\$[\w.-]+) NOT EXISTS/g, (_, selector) => `(at("${selector}") === undefined)`)
    .replace(
      /(\$[\w.-]+) (=|>=|>) ("[^"]*"|\d+)/g,
      (_, selector, operator, value) => `(at("${selector}") ${operators[operator]} ${value})`,
    );
  return new Function('at', `return ${source}`)((selector: string) => inLine(line, selector));
};

/** What these lines, as Lambda writes them, add to the metrics of a function's log: the values of each. */
export const valuesIn = (
  filters: readonly Filter[],
  group: string,
  lines: readonly unknown[],
): Record<string, number[]> => {
  const values: Record<string, number[]> = {};
  for (const { pattern, metric, value } of filters.filter((filter) => filter.group === group)) {
    for (const line of lines.filter((one) => fits(one, pattern))) {
      values[metric] ??= [];
      values[metric].push(Number(value.startsWith('$') ? inLine(line, value) : value));
    }
  }
  return values;
};

/** The same, added up. */
export const measured = (...args: Parameters<typeof valuesIn>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(valuesIn(...args)).map(([metric, values]) => [metric, values.reduce((a, b) => a + b, 0)]),
  );
