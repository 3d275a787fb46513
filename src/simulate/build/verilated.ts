/** From sources to a model's library, by Verilator and the compiler. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { alignVectors } from './align.ts'
import { describeDelays } from './delays.ts'
import { isOfTool, listSources, readSearchPath } from './dependencies.ts'
import { generateEvaluation, readEvaluation } from './evaluation.ts'
import { leadsFurther, listLinkFiles } from './flag-files.ts'
import { type ForeignObject, type ForeignOptions, listIncludeFolders, readForeign } from './foreign.ts'
import { findForeignCode, generateGlue, readModelState } from './glue.ts'
import { hashTranslation, type TranslationKeys } from './meaning.ts'
import { freePortNames, modelClass } from './names.ts'
import { readPortsInto } from './read-ports.ts'
import type { Translation } from './recipe.ts'
import { runVerilator } from './run-verilator.ts'
import type { Runtime } from './runtime.ts'
import type { SettledOptions, Tools } from './types.ts'
import { chooseWarnings } from './warnings.ts'

export async function translateSources(
  scratch: string,
  tools: Tools,
  runtime: Runtime,
  options: SettledOptions,
  flags: readonly string[],
): Promise<Translation> {
  const reading = readPortsInto(scratch, tools, options, options.verilatorFlags)
  const running = runVerilator([...flags, '-Mdir', scratch, '--prefix', modelClass], options)
  // What is wrong with the parameters is said by what reads them.
  await Promise.allSettled([reading, running])
  const [module, said] = [await reading, await running]
  const files = await listSources(scratch, modelClass, tools)
  const { folders, endings } = await readSearchPath(flags, files)
  const foreign = await readForeign(scratch, tools, runtime, options)
  const own = foreign.flatMap((each) => each.files)
  const flagged = listLinkFiles(options.ldFlags ?? [])
  const linked = [...foreign.flatMap(({ path, made }) => (made === null ? [path] : [])), ...flagged.files]
  const further = await Promise.all(linked.map(leadsFurther))
  const unseen = further.includes(true) ? [randomUUID()] : []
  // What C and C++ files include is looked for in folders of theirs.
  const search = { folders: [...(own.length === 0 ? [] : listIncludeFolders(options)), ...folders], endings }
  const warnings = chooseWarnings(said, options.verilatorFlags)
  const sources = files.filter((path) => !isOfTool(path, tools))
  const remark = flags.includes('--no-timing') ? await describeDelays(flags, sources) : null
  return {
    ...{ module, search, foreign, linked, warnings, remark },
    files: [...new Set([...files, ...own, ...flagged.files])],
    absent: flagged.absent,
    besides: [...foreign.map(({ besides }) => besides).filter((text) => text !== ''), ...unseen],
  }
}

export interface TranslatedModel {
  readonly module: ModuleInterface
  readonly foreign?: readonly ForeignObject[]
  readonly options: ForeignOptions
  readonly trace: boolean
  readonly timing: boolean
  /** Snapshots hold its state: counts of coverage are part of that, and must outlive a return to a snapshot. */
  readonly hasState: boolean
}

/**
 * Writes what is compiled besides Verilator's C++. @param parts what decides the model besides
 * @returns null where C and C++ files or libraries decide it, too
 */
export async function completeTranslation(
  scratch: string,
  { module, foreign = [], trace, timing, hasState }: Omit<TranslatedModel, 'options'>,
  tools: Tools,
  parts: readonly string[],
): Promise<TranslationKeys | null> {
  const own = (await listSources(scratch, modelClass, tools)).filter((path) => !isOfTool(path, tools))
  const reserved = await freePortNames(scratch)
  const code = await findForeignCode(scratch, own)
  // C and C++ have variables of their own, which no snapshot holds.
  const state = hasState && code === null && foreign.length === 0 ? await readModelState(scratch) : null
  const glue = generateGlue(module, trace, state, code, reserved, timing)
  await writeFile(join(scratch, 'glue.cpp'), glue)
  await writeFile(join(scratch, 'evaluation.cpp'), generateEvaluation(await readEvaluation(scratch, timing)))
  await alignVectors(scratch)
  if (foreign.length > 0) return null
  const ports = JSON.stringify(module, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  return hashTranslation([...parts, ports], scratch)
}
