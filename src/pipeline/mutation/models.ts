/** Builds the models with mutants before any test asks for them, and finds the mutants that do not compile. */
import { relative, resolve } from 'node:path'
import { ToolError } from '../../input/tool-error.ts'
import { countIncluded, listIncludes } from '../../mutation/included.ts'
import type { Environment } from '../../process/environment.ts'
import { countMutants } from '../../report/mutation.ts'
import { applyEnvironment, mutatedPath } from '../../simulate/environment.ts'
import { type BuildOptions, buildModel } from '../../simulate/index.ts'
import { readInput } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'
import { type MutatedSources, writeMutated } from './sources.ts'

export interface BuiltMutants {
  /** Mutants that Verilator or the compiler refuses. */
  readonly unbuildable: ReadonlySet<number>
  /** By file of the user: whether a model has it. */
  readonly used: ReadonlySet<string>
}

/** Which of the files a model has among its sources or finds in its folders. It is built, or found in the cache. */
export async function filesOf(
  model: BuildOptions,
  { files }: MutatedSources,
  environment: Environment,
): Promise<readonly string[]> {
  const { inputs } = await buildModel({ ...model, environment })
  const read = new Set(inputs.map(({ path }) => resolve(path)))
  return files.map(({ file }) => file).filter((file) => read.has(resolve(file)))
}

/** A sentence for each file with something to break that a source includes: it is not broken. */
export async function describeIncluded(
  models: readonly BuildOptions[],
  { files }: MutatedSources,
  environment: Environment,
): Promise<readonly string[]> {
  const named = new Set(files.map(({ file }) => resolve(file)))
  const said = new Map<string, string>()
  for (const model of models) {
    const { inputs } = await buildModel({ ...model, environment })
    const waiting = files.map(({ file, source }) => ({ file, source }))
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      for (const name of listIncludes(one.source)) {
        const path = inputs
          .map((input) => resolve(input.path))
          .find((each) => `/${each}`.endsWith(`/${name}`))
        if (path === undefined || named.has(path) || said.has(path)) continue
        const [file, source] = [relative('.', path), new TextDecoder().decode(await readInput(path))]
        const places = countIncluded(source)
        said.set(
          path,
          places === 0
            ? ''
            : `${file} is not broken, as ${one.file} includes it: ${countMutants(places)} ${places === 1 ? 'is' : 'are'} missing. Write its text into the module to have them.`,
        )
        waiting.push({ file, source })
      }
  }
  return [...said.values()].filter((text) => text !== '')
}

/**
 * Builds every model with all mutants in it. Mutants that do not compile are left out, line by line, until the rest does.
 *
 * @throws ToolError if a model does not build whatever is left out
 */
export async function buildMutated(
  models: readonly BuildOptions[],
  sources: MutatedSources,
  environment: Environment,
  progress: Progress,
): Promise<ReadonlySet<number>> {
  const mutated = { ...environment, mutation: sources.folder }
  const unbuildable = new Set<number>()
  const task = progress.start(
    `build ${models.length === 1 ? 'the model' : `${models.length} models`} with all mutants`,
  )
  await writeMutated(sources, unbuildable)
  let at = 0
  while (at < models.length) {
    task.update(at / models.length, models[at]!.top)
    try {
      await buildModel(applyEnvironment(models[at]!, mutated))
      at++
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const blamed = blame(error, sources, unbuildable)
      if (blamed.length === 0) throw error
      for (const mutant of blamed) unbuildable.add(mutant)
      await writeMutated(sources, unbuildable)
      // All models have the same text.
      at = 0
    }
  }
  task.done(unbuildable.size === 0 ? undefined : `not compiled: ${countMutants(unbuildable.size)}`)
  return unbuildable
}

/** The mutants of the lines that a tool complains of; where it complains of none, all that are left of the files that it names. */
function blame(
  { diagnostics }: ToolError,
  { folder, files }: MutatedSources,
  gone: ReadonlySet<number>,
): readonly number[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const left = files.map(({ file, mutants }) => ({
    mutants: mutants.filter(({ id }) => !gone.has(id)),
    lines: new Set(
      errors
        .filter((said) => said.file !== null && resolve(said.file) === resolve(mutatedPath(folder, file)))
        .map(({ line }) => line),
    ),
  }))
  const onLines = left.flatMap(({ mutants, lines }) => mutants.filter(({ line }) => lines.has(line)))
  const chosen = onLines.length > 0 ? onLines : left.flatMap(({ mutants }) => mutants)
  return chosen.map(({ id }) => id)
}
