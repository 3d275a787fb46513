/** What this package says of itself: the version that runs, and the libraries that an install may leave out. */
import { readFile } from 'node:fs/promises'

interface OwnPackage {
  readonly version: string
  readonly optionalDependencies: Readonly<Record<string, string>>
}

/** Found from this file, not from the folder that a command runs in: that belongs to someone else's package. */
export async function readOwnPackage(): Promise<OwnPackage> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return JSON.parse(text) as OwnPackage
}

/** The version of this package, for `--version` and the records of a run. */
export const readOwnVersion = async (): Promise<string> => (await readOwnPackage()).version
