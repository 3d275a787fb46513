/** A look at a path that may not be there. */
import { type Stats, statSync } from 'node:fs'

/** What is at a path; undefined where nothing is, or nothing that this user may see: so much as the folder may be another's. */
export function statIfSeen(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (UNSEEN.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

const UNSEEN: readonly string[] = ['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']
