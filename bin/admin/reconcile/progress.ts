import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { AdminError } from '../failure.ts';
import { saveEveryMs } from './limits.ts';

const fingerprint = v.string();

const schema = v.object({
  /** Which deployment it is about. */
  of: v.string(),
  /** How many platform applications were listed whole, and where the next one goes on. */
  applicationsListed: v.number(),
  nextToken: v.exactOptional(v.string()),
  /** How many parts of the table were read whole. */
  partsRead: v.number(),
  /** When everything was looked at, in ISO 8601. */
  finishedAt: v.exactOptional(v.string()),
  endpointsWithoutRows: v.record(v.string(), v.object({ fingerprint })),
  rowsWithoutEndpoint: v.record(v.string(), v.array(v.object({ fingerprint, pbxId: v.string() }))),
});

/** How far a look has come: what stands in the file from which it goes on. No token, nor a token's whole hash. */
type Progress = v.InferOutput<typeof schema>;

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Goes on from what a file holds, or begins.
 *
 * @throws AdminError where the file is another deployment's, or none of ours
 */
export const openProgress = (file: string, of: string) => {
  const content = read(file);
  const begun: Progress = {
    of,
    applicationsListed: 0,
    partsRead: 0,
    endpointsWithoutRows: {},
    rowsWithoutEndpoint: {},
  };
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), content ?? JSON.stringify(begun));
  if (!parsed.success || parsed.output.of !== of) {
    throw new AdminError(
      `${file} is not of a look at this deployment: name another file with --state, or remove it`,
    );
  }
  const progress = parsed.output;
  let savedAt = 0;
  const save = (): void => {
    // Whole or not at all: the former content stays until the new one is there.
    writeFileSync(`${file}.new`, JSON.stringify(progress, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    savedAt = performance.now();
  };
  return {
    progress,
    goesOn: content !== undefined,
    save,
    /** Saves, unless it was done a moment ago: many findings are a large file, and a page is soon looked at again. */
    saveNowAndThen: (): void => {
      if (performance.now() - savedAt >= saveEveryMs) save();
    },
    forget: (): void => rmSync(file, { force: true }),
  };
};

export type OpenProgress = ReturnType<typeof openProgress>;
