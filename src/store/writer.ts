/** Writes many small files: what takes time with them is waiting. */
import { writeWhole } from './files.ts'

/** Several writes at a time. */
export interface FileWriter {
  /** Begins a write; resolves as soon as another may begin. @throws InputError where an earlier one failed. */
  put(path: string, data: string | Uint8Array): Promise<void>
  /** Resolves when all are written. @throws InputError where one failed. */
  finish(): Promise<void>
}

/** @param limit writes under way at one time, which bounds the memory that waits. */
export function createWriter(limit = 16): FileWriter {
  const underWay = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null
  const throwFailure = (): void => {
    if (failure !== null) throw failure.error
  }
  return {
    async put(path, data) {
      if (underWay.size >= limit) await Promise.race(underWay)
      throwFailure()
      const write: Promise<void> = writeWhole(path, data)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(write))
      underWay.add(write)
    },
    async finish() {
      await Promise.all(underWay)
      throwFailure()
    },
  }
}
