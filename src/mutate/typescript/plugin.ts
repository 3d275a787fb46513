/** A vite plugin: source files of the checkout are read from another folder. Nothing in the checkout is written. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export function readInstead(folder: string, files: readonly string[]) {
  const instead = new Map(files.map((file) => [resolve(file), join(folder, file)]))
  return {
    name: 'assay-mutants',
    enforce: 'pre' as const,
    load(id: string): string | undefined {
      const path = instead.get(id.split('?')[0]!)
      return path === undefined ? undefined : readFileSync(path, 'utf8')
    },
  }
}
