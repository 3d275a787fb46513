/** Which mutants of the sources run: those of some lines, or so many of them. */
import { resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { suggest } from '../../input/suggest.ts'
import type { Mutant } from '../../mutation/mutate-source.ts'
import type { MutatedFile } from './sources.ts'

/** Lines of one file, or of all where none is named. */
export interface LineRange {
  readonly file: string | null
  readonly first: number
  readonly last: number
}

/** `12`, `12-30`, `rtl/fifo.sv:12-30`, `rtl/fifo.sv`. @throws InputError for anything else */
export function parseLines(text: string, option: string): LineRange {
  const match = /^(?:(.*?)(?::|$))??(?:(\d+)(?:-(\d+))?)?$/.exec(text)
  const [, file = '', first, last = first] = match ?? []
  if (
    match === null ||
    (file === '' && first === undefined) ||
    Number(first ?? 1) < 1 ||
    Number(last) < Number(first)
  )
    throw new InputError(`expected lines as 12-30 or rtl/fifo.sv:12-30, got ${text}.`, option)
  if (first === undefined) return { file, first: 1, last: Number.MAX_SAFE_INTEGER }
  return { file: file === '' ? null : file, first: Number(first), last: Number(last) }
}

/**
 * The mutants that were asked for, in order.
 *
 * @param sample at most so many, evenly spread
 * @throws InputError if there is none
 */
export function chooseMutants(
  files: readonly MutatedFile[],
  only: readonly LineRange[],
  sample: number | undefined,
): readonly Mutant[] {
  const names = files.map(({ file }) => file)
  for (const { file } of only)
    if (file !== null && !names.some((name) => resolve(name) === resolve(file)))
      throw new InputError(`${file} is none of the sources`, '--only', suggest(file, names))
  const all = files.flatMap(({ mutants }) => mutants)
  if (all.length === 0)
    throw new InputError(
      'has nothing to break: no expression and no assignment that Assay reads',
      names.join(', '),
    )
  const chosen = all.filter(
    ({ file, line }) =>
      only.length === 0 ||
      only.some(
        (range) =>
          (range.file === null || resolve(range.file) === resolve(file)) &&
          line >= range.first &&
          line <= range.last,
      ),
  )
  if (chosen.length === 0) throw new InputError('there is nothing to break in these lines', '--only')
  if (sample === undefined || sample >= chosen.length) return chosen
  return Array.from({ length: sample }, (_, index) => chosen[Math.floor((index * chosen.length) / sample)]!)
}
