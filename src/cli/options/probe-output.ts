/** Checks, before the long part and without leaving a trace, that results can be written where they are asked for. */
import { lstat, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { explainSystemError } from '../../input/system-error.ts'
import { requirePlainFile } from '../../store/files.ts'
import { camelCase, type Declarations } from './declaration.ts'

/** @throws InputError naming the option whose folder cannot be written. */
export async function probeOutput(
  declarations: Declarations,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const [name, { writes }] of Object.entries(declarations)) {
    const path = args[camelCase(name)]
    if (writes === undefined || typeof path !== 'string') continue
    await probe(name, writes === 'file' ? dirname(resolve(path)) : resolve(path), path)
    if (writes === 'file') await requirePlainFile(path, `Choose another with --${name}.`)
  }
}

/** A folder that is not there is as good as the nearest one above it: mkdir itself may hang, as under /proc. */
async function probe(name: string, folder: string, given: string): Promise<void> {
  const advice = `Choose another place with --${name}.`
  let nearest = folder
  // A link that leads nowhere is there, too.
  while ((await lstat(nearest).catch(() => null)) === null && dirname(nearest) !== nearest)
    nearest = dirname(nearest)
  const info = await stat(nearest).catch(() => null)
  if (info?.isDirectory() !== true)
    throw new InputError(`cannot be written: ${nearest} is no folder`, given, advice)
  const file = join(nearest, `.assay-${process.pid}.tmp`)
  try {
    await writeFile(file, '')
    await rm(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new InputError(`cannot be written: ${nearest} does not accept files`, given, advice, {
        cause: error,
      })
    explainSystemError(error, given, advice)
  }
}
