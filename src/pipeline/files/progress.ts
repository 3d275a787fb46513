/** `Progress` is how the pipeline reports its work while it runs. The command line shows it on stderr; tests ignore it. */

export interface Task {
  /** Reports the fraction done, 0 to 1, with a text such as `12 of 32 images`. */
  update(fraction: number, text: string): void
  /** Ends the task; `text` says what came out of it, and `isRed` that something of it failed. */
  done(text?: string, isRed?: boolean): void
}

export interface Progress {
  /** @param ifStopped what Ctrl-C says of it, e.g. what stays done. */
  start(name: string, ifStopped?: string): Task
  warn(text: string): void
}

export const silent: Progress = {
  start: () => ({ update: () => {}, done: () => {} }),
  warn: () => {},
}
