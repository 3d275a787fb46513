/** Data that is too large, or not ours, to be in the repository; tests that need it are skipped where it is absent. */
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

/** A file of the repository. */
export function repositoryPath(path: string): string {
  return fileURLToPath(new URL(path, root))
}

/** A file of the folder `shared` beside the repository. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(`../shared/${path}`, root))
}
