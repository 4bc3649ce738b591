/** Where a command writes: results to `out`, whatever else there is to say to `note`. A line each, or several. */
export type Terminal = {
  out(lines: string): void;
  note(lines: string): void;
};

/** The reader of a pipe may leave before all is written: `pns why 101 | head`. */
const leave = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
};

/** Standard output and error. */
export const openTerminal = (): Terminal => {
  process.stdout.on('error', leave);
  process.stderr.on('error', leave);
  return {
    out: (lines) => void process.stdout.write(`${lines}\n`),
    note: (lines) => void process.stderr.write(`${lines}\n`),
  };
};
