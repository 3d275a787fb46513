/** What a run of mutants learns of the models of this process: which were asked for, and which are open. */
import type { SimulateOptions } from './types.ts'

export interface ModelLog {
  /** Called with the options of a test, before the environment changes them: in a run of mutants, of a model that has some. */
  readonly asked: (options: SimulateOptions) => void
  /** Models in this process that are not closed yet. */
  readonly open: Set<{ close(): void }>
}

/** The runner of vitest and the tests may have loaded this file twice. */
const KEY = Symbol.for('assay.modelLog')
const place = globalThis as { [KEY]?: ModelLog | null }

/** Null outside of a run of mutants. */
export const modelLog = (): ModelLog | null => place[KEY] ?? null

/** @param log null: no more */
export function keepModelLog(log: ModelLog | null): void {
  place[KEY] = log
}
