/** What the system said of a file in the cache, as one sentence. */
import { dirname } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { ToolError } from '../input/tool-error.ts'

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  EEXIST: 'a part of the path is a file, expected a folder',
}
const failures: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

/** Turns a system error at a file of the cache into one sentence; anything else is thrown on as it is. */
export function explainCacheError(error: unknown, path: string): never {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const [refusal, failure] = [refusals[code], failures[code]]
  if (refusal !== undefined)
    throw new InputError(
      `the cache cannot be written: ${refusal}`,
      dirname(path),
      'Choose another folder with --out or ASSAY_CACHE.',
      { cause: error },
    )
  if (failure !== undefined)
    throw new ToolError(
      `${dirname(path)}: ${failure}. Free some space, or choose another folder with --out.`,
      {
        tool: 'cache',
        cause: error,
      },
    )
  throw error
}
