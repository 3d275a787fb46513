/** A model's sources, parameters and macros as flags of the simulators. */
import { InputError } from '../../input/input-error.ts'
import { shortPath } from './dependencies.ts'
import { encodeName } from './names.ts'
import { formatParameter } from './parameters.ts'
import type { ModelSource } from './types.ts'

const C_FLAGS = 'Give flags of the compiler as cFlags, and of the linker as ldFlags.'

/** A file for the compiler. */
export const isCompiled = (path: string): boolean => /\.(c|cc|cpp|cxx)$/.test(path)

/** A file for the compiler or the linker, and for no simulator: foreign.ts takes it. */
export const isForeign = (path: string): boolean => isCompiled(path) || /\.(o|a|so)$/.test(path)

/** Verilator's flags for a source. @param given further ones of the user's */
export function listSourceFlags(source: ModelSource, given: readonly string[] = []): readonly string[] {
  const { top, sources, parameters = {} } = source
  const ofMake = given.find((flag) => /^--?(CFLAGS|LDFLAGS|MAKEFLAGS|exe|build)$/.test(flag))
  if (ofMake !== undefined)
    throw new InputError(
      `${ofMake} is for Verilator's makefile, which does not run`,
      'verilatorFlags',
      C_FLAGS,
    )
  return [
    '--top-module',
    top,
    '-Wno-fatal',
    // Delays are ignored, as synthesis does, where nobody asks for them.
    usesTiming(source, given) ? '--timing' : '--no-timing',
    ...listLanguageFlags(source, given),
    ...given,
    ...listSearchFlags(source),
    ...Object.entries(parameters).map(
      ([name, value]) => `-G${encodeName(name)}=${formatParameter(value, quotePlain)}`,
    ),
    // What a `.vlt` file waives is known before the file is read that it is about.
    ...sources.filter(isSettings).map(shortPath),
    ...sources.filter((path) => !isForeign(path) && !isSettings(path)).map(shortPath),
  ]
}

/** Whether delays are part of the model. A flag decides, as the last of them does for Verilator. */
export function usesTiming(
  { timing = false }: Pick<ModelSource, 'timing'>,
  given: readonly string[] = [],
): boolean {
  const flag = given.findLast((each) => /^--?(no-)?timing$/.test(each))
  return flag === undefined ? timing !== false : !flag.includes('no-')
}

const isSettings = (path: string): boolean => path.endsWith('.vlt')

/** How `.v` files are read where nobody says otherwise. */
export const VERILOG = '+1364-2005ext+v'

/** A `.v` file may call something by a word of SystemVerilog (`inside`, `logic`, `bit`). */
function listLanguageFlags({ language }: ModelSource, given: readonly string[]): readonly string[] {
  if (language !== undefined) return ['--default-language', language]
  const isGiven = given.some((flag) => /^--?(default-)?language$|^\+\w[\w-]*ext\+v$/.test(flag))
  return isGiven ? [] : [VERILOG]
}

/** Macros and folders, which both simulators take alike. */
export function listSearchFlags({ includeDirs = [], defines = {} }: ModelSource): readonly string[] {
  return [
    ...Object.entries(defines).map(([name, text]) => (text === '' ? `-D${name}` : `-D${name}=${text}`)),
    ...includeDirs.map((folder) => `-I${shortPath(folder) || '.'}`),
  ]
}

/** Verilator has no escapes here. */
function quotePlain(text: string): string {
  if (/["\\]/.test(text))
    throw new InputError(`expected a text without quotes and backslashes, got ${text}`, 'parameters')
  return `"${text}"`
}
