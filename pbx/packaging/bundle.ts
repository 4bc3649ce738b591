import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** What the package runs: the program, and the thread that it starts from the file beside its own. */
const entryPoints = { pns: 'pbx/bin/pns.ts', 'spool-worker': 'pbx/src/spool/spool-worker.ts' };

export type Bundle = {
  /** By name: `pns.mjs`. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The sources that went into them, by their path from the repository's root. */
  sources: readonly string[];
};

/**
 * Neither minified nor mapped: a stack trace in the log names functions and lines that stand in the installed files.
 * The client library is taken from its source, since its `dist` may be of an earlier state.
 * @throws BuildFailure where a source is wrong or missing
 */
export const bundle = async (root: string): Promise<Bundle> => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'out',
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'none',
    alias: { 'pns-proxy-client': join(root, 'client/src/index.ts') },
    // The CommonJS packages among them ask for Node's modules with `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    logLevel: 'silent',
  });
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])),
    sources: Object.keys(metafile.inputs),
  };
};
