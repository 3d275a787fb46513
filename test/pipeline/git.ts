/** Git in a folder of a test, as somebody who may commit. */
import { execa } from 'execa'

/** @returns what it prints, without the last line break. */
export const git = async (cwd: string, ...words: readonly string[]): Promise<string> =>
  (await execa('git', ['-c', 'user.name=n', '-c', 'user.email=n@example.org', ...words], { cwd })).stdout
