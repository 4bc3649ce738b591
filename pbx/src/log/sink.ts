/** Where lines go. None of it throws, rejects or waits for a disk or a reader. */
export type Sink = {
  write(line: string): void;
  /** Opens the file anew: the old one has been renamed. */
  reopen(): void;
  /** Resolves once all is written, or after two seconds that were not enough. */
  close(): Promise<void>;
};

export type SinkOptions = {
  /** Is told once each time that writing begins to fail. */
  onTrouble: (error: unknown) => void;
  /** Is told how many lines found no room meanwhile, once writing works again; not of none. */
  onLost: (lines: number) => void;
};

/** What is kept while it cannot be written: some thousand lines, which no PBX misses as memory. */
export const mostWaitingBytes = 1024 * 1024;

/** What a stop of pns may spend on its last lines. */
export const closingMs = 2_000;
