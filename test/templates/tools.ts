import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { installTemplateTools } from '../emulators/install.ts';

export type Tool = 'cfn-lint' | 'checkov';
export type Finding = {
  tool: Tool;
  rule: string;
  /** The resource's type and logical id, this without the CDK's hash: `AWS::SNS::Topic Alarms`. */
  on: string;
  said: string;
};

/** A tool needs some seconds, and more while others use the processor. In milliseconds. */
const toolMs = 2 * 60_000;

/**
 * What a tool wrote. Both end with an error where they find something: so what is no report is a failure. Python is told
 * which script to run, since the scripts of a venv that was moved do not find it.
 */
const reportOf = async (tool: Tool, args: readonly string[]): Promise<unknown> => {
  const bin = await installTemplateTools();
  return new Promise((resolve, reject) => {
    const options = {
      // Else checkov asks PyPI for a newer version of itself.
      env: { ...process.env, CKV_SKIP_PACKAGE_UPDATE_CHECK: 'true' },
      timeout: toolMs,
      maxBuffer: 64 * 1024 * 1024,
    };
    execFile(join(bin, 'python'), [join(bin, tool), ...args], options, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`${tool} gave no report: ${stderr || stdout}`, { cause: error }));
      }
    });
  });
};

const named = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

const templateSchema = v.object({ Resources: v.record(v.string(), v.object({ Type: v.string() })) });
const lintSchema = v.array(
  v.object({
    Rule: v.object({ Id: v.string() }),
    Message: v.string(),
    Location: v.object({ Path: v.nullable(v.array(v.union([v.string(), v.number()]))) }),
  }),
);

/** cfn-lint: whether CloudFormation would take the template, and what in it is odd. */
const cfnLint = async (template: string, region: string): Promise<Finding[]> => {
  const args = ['--format', 'json', '--include-checks', 'I', '--regions', region, '--', template];
  const found = v.parse(lintSchema, await reportOf('cfn-lint', args));
  const { Resources } = v.parse(templateSchema, JSON.parse(readFileSync(template, 'utf8')));
  return found.map(({ Rule, Message, Location }) => {
    const [section, id = ''] = Location.Path?.map(String) ?? [];
    const on = section === 'Resources' ? `${Resources[id]?.Type} ${named(id)}` : (section ?? '');
    return { tool: 'cfn-lint', rule: Rule.Id, on, said: Message };
  });
};

const checkovSchema = v.object({
  results: v.object({
    failed_checks: v.array(v.object({ check_id: v.string(), check_name: v.string(), resource: v.string() })),
  }),
  summary: v.object({
    parsing_errors: v.literal(0),
    // Of a template in which it sees nothing it would have nothing to say either.
    resource_count: v.pipe(v.number(), v.minValue(1)),
  }),
});

/** checkov: what an auditor would ask about. */
const checkov = async (template: string): Promise<Finding[]> => {
  const args = ['--framework', 'cloudformation', '--skip-download', '--output', 'json', '--compact'];
  const report = v.parse(checkovSchema, await reportOf('checkov', [...args, '--file', template]));
  return report.results.failed_checks.map(({ check_id, check_name, resource }) => {
    const [type = '', id = ''] = resource.split('.');
    return { tool: 'checkov', rule: check_id, on: `${type} ${named(id)}`, said: check_name };
  });
};

/** What both tools find in a template that is for this region. */
export const findingsIn = async (template: string, region: string): Promise<Finding[]> => [
  ...(await cfnLint(template, region)),
  ...(await checkov(template)),
];
