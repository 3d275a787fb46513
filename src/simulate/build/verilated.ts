/** From sources to a model's library, by Verilator and the compiler. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '../../process/run-tool.ts'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { alignVectors } from './align.ts'
import { compileModel } from './compile.ts'
import { isOfTool, listSources, readSearchPath, shortPath } from './dependencies.ts'
import type { Translation } from './entry.ts'
import { generateEvaluation, readEvaluation } from './evaluation.ts'
import { findForeignCode, generateGlue, readModelState } from './glue.ts'
import { freePortNames, modelClass } from './names.ts'
import { readPortsInto } from './read-ports.ts'
import type { Runtime } from './runtime.ts'
import type { SettledOptions, Tools } from './types.ts'

export async function translateSources(
  scratch: string,
  tools: Tools,
  options: SettledOptions,
  flags: readonly string[],
): Promise<Translation> {
  const [module] = await Promise.all([
    readPortsInto(scratch, tools, options, options.verilatorFlags),
    runTool('verilator', [...flags, '-Mdir', scratch, '--prefix', modelClass], {
      files: options.sources.map(shortPath),
    }),
  ])
  const files = await listSources(scratch, modelClass, tools)
  return { module, files, search: await readSearchPath(flags, files) }
}

export interface TranslatedModel {
  readonly module: ModuleInterface
  readonly trace: boolean
  /** Snapshots hold its state: counts of coverage are part of that, and must outlive a return to a snapshot. */
  readonly hasState: boolean
}

/** @param library the path of the library to make. */
export async function compileTranslation(
  scratch: string,
  { module, trace, hasState }: TranslatedModel,
  tools: Tools,
  runtime: Runtime,
  library: string,
  afresh: boolean,
): Promise<void> {
  const state = hasState ? await readModelState(scratch) : null
  const own = (await listSources(scratch, modelClass, tools)).filter((path) => !isOfTool(path, tools))
  const reserved = await freePortNames(scratch)
  const glue = generateGlue(module, trace, state, await findForeignCode(scratch, own), reserved)
  await writeFile(join(scratch, 'evaluation.cpp'), generateEvaluation(await readEvaluation(scratch)))
  await alignVectors(scratch)
  await compileModel(tools, runtime, scratch, glue, library, afresh)
}
