/** Which version of this package runs. */
import { readFile } from 'node:fs/promises'

/** The version of this package, for the records of a run. */
export async function readOwnVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
