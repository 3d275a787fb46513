/** Builds a model of RTL, or finds it in the cache. */
import { findBuilt, findOrBuild } from './entry.ts'
import { writePortTypes } from './port-types.ts'
import type { Recipe } from './recipe.ts'
import { settle } from './settle.ts'
import type { BuildOptions, BuiltModel, SettledOptions } from './types.ts'
import { planVerilator } from './verilator.ts'
import { refuseWarnings } from './warnings.ts'

const underway = new Map<string, Promise<BuiltModel>>()
const freshlyBuilt = new Set<string>()

/**
 * Compiles a model into a shared library, or finds it in the cache. The cache's key is the SHA-256 of all that went in:
 * the sources and what they include, parameters, flags, Verilator, the compiler, the bridge.
 *
 * @throws ToolError with file, line and Verilator's message when the sources do not compile; InputError where the cache
 * cannot be written.
 */
export async function buildModel({ fresh = false, ...given }: BuildOptions): Promise<BuiltModel> {
  const options = settle(given)
  const planned = await planBuild(options)
  // What a simulation has besides (plusargs, time limits) decides no build.
  const { tool, parts } = planned
  const key = JSON.stringify([
    process.cwd(),
    options.cacheDir,
    options.sources,
    options.portTypes,
    tool,
    parts,
  ])
  const running = underway.get(key)
  if (running !== undefined) return judge(options, await running)
  const build = findOrBuild(options.cacheDir, planned, fresh && !freshlyBuilt.has(key))
    .then(async (built) => {
      if (fresh) freshlyBuilt.add(key)
      if (options.portTypes !== undefined) await writePortTypes(options.portTypes, built.module)
      return built
    })
    .finally(() => underway.delete(key))
  underway.set(key, build)
  return judge(options, await build)
}

/** A model in the cache may have been built where warnings are no errors. */
function judge({ top, warnings }: BuildOptions, built: BuiltModel): BuiltModel {
  if (warnings === 'error') refuseWarnings(top, built.warnings)
  return built
}

/** The model in the cache, if it is as `buildModel` would make it; null if that would take a build. */
export async function findModel(given: BuildOptions): Promise<BuiltModel | null> {
  const options = settle(given)
  return (await findBuilt(options.cacheDir, await planBuild(options))).built
}

async function planBuild(options: SettledOptions): Promise<Recipe> {
  if (options.simulator !== 'icarus') return planVerilator(options)
  return (await import('./icarus.ts')).planIcarus(options)
}
