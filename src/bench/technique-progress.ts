import type { Progress } from '../pipeline/files/progress.ts'

/** Warnings alone: a row's own line says when it is done. */
export const warnings: Progress = {
  start: () => ({ update: () => {}, done: () => {} }),
  warn: (text) => process.stderr.write(`! ${text}\n`),
}
