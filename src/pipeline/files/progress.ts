/** What the pipeline tells of its work while it works. The command line shows it on stderr; tests ignore it. */

export interface Task {
  /** Fraction done, 0 to 1, with a word on it: `12 of 32 images`. */
  update(fraction: number, text: string): void
  /** Ends the task; `text` says what came out of it. */
  done(text?: string): void
}

export interface Progress {
  start(name: string): Task
  warn(text: string): void
}

export const silent: Progress = {
  start: () => ({ update: () => {}, done: () => {} }),
  warn: () => {},
}
