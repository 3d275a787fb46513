/** One model in the cache: found by what went in, or made. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { diagnostic } from '../../input/diagnostic.ts'
import { type Checked, openObject, recordOf } from '../../input/schema.ts'
import { makeFolder, requireWritable, touch } from '../../store/cache.ts'
import { writeCached } from '../../store/files.ts'
import { hashParts } from '../../store/hash.ts'
import { openSealedFolder, publishSealed, readSealed, seal } from '../../store/kept.ts'
import { notice } from '../../store/notice.ts'
import { scratchName, sweepScratch } from '../../store/scratch.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { moduleInterface } from '../boundary/module-interface.ts'
import {
  areAbsent,
  hashInputs,
  isOfTool,
  readDependencies,
  readInputs,
  writeDependencies,
} from './dependencies.ts'
import { type Recipe, requireLinked, translate } from './recipe.ts'
import { usesTiming } from './source-flags.ts'
import { compiledFor } from './target.ts'
import { readTranslated, type TranslatedFiles, writeTranslated } from './translated-files.ts'
import { type BuildInput, type BuildOptions, type BuiltModel, buildInput } from './types.ts'
import { refuseWarnings, tellWarnings } from './warnings.ts'

/** What is kept of a build beside its library. */
const MANIFEST = openObject({
  top: v.string(),
  module: moduleInterface,
  trace: v.boolean(),
  coverage: v.boolean(),
  timing: v.boolean(),
  cpu: compiledFor,
  inputs: v.array(buildInput),
  warnings: v.array(diagnostic),
  about: recordOf(v.unknown()),
})
type Manifest = Checked<typeof MANIFEST>

const keptModels: SweepLimits = {
  pattern: /^[0-9a-f]{40}$/,
  mostEntries: 200,
  mostBytes: 4e9,
  inUseMs: 24 * 3600 * 1000,
  oldMs: 90 * 24 * 3600 * 1000,
}

const keptLists: SweepLimits = { ...keptModels, pattern: /^[0-9a-f]{40}\.json$/, mostEntries: 4000 }

interface Found {
  /** Hash of all that goes in but the files that the sources include, which `index` lists. */
  readonly direct: string
  readonly index: string
  /** Every file that is known to go in. */
  readonly inputs: readonly BuildInput[]
  /** Null where something has changed since it was made. */
  readonly built: BuiltModel | null
}

/** Looks for a model in the cache and makes none. */
export async function findBuilt(cacheFolder: string, { options, tool, parts }: Recipe): Promise<Found> {
  const sources = await readInputs(options.sources)
  const direct = await hashInputs([tool, ...parts], sources)
  const index = join(cacheFolder, 'index', `${direct}.json`)
  const known = await readDependencies(index)
  if (known === null) return { direct, index, inputs: sources, built: null }
  const included = await readInputs(known.read, sources)
  const built = areAbsent(known.absent)
    ? await openEntry(cacheFolder, await hashInputs([direct], included))
    : null
  return { direct, index, inputs: [...sources, ...included], built }
}

/** @throws ToolError when the sources do not compile, or change all the time. */
export async function findOrBuild(cacheFolder: string, recipe: Recipe, afresh: boolean): Promise<BuiltModel> {
  const { options } = recipe
  const { direct, index, inputs: before, built } = await findBuilt(cacheFolder, recipe)
  if (built !== null && !afresh) {
    await tellOnce(cacheFolder, options, built)
    return built
  }
  const parts = ['.', 'index', 'units', 'runtime', 'canary'].map((name) => join(cacheFolder, name))
  await requireWritable(parts)
  const scratch = scratchName(cacheFolder, recipe.tool)
  await makeFolder(scratch)
  await sweepScratch(cacheFolder)
  await sweepScratch(join(cacheFolder, 'index'))
  await sweepEntries(cacheFolder, keptModels)
  await sweepEntries(join(cacheFolder, 'index'), keptLists)
  const prepared = recipe.prepare()
  // Sources that do not compile are said at once.
  prepared.catch(() => undefined)
  try {
    const translation = await translate(recipe, scratch, before)
    const { module, inputs, warnings, remark, besides = [] } = translation
    if (options.warnings === 'error') refuseWarnings(options.top, warnings)
    if (areWanted(options) && remark) notice(remark)
    const files = await hashInputs([direct, ...besides], inputs)
    const keys = await recipe.complete(scratch, translation)
    const { content: key, meaning } = keys ?? { content: files, meaning: files }
    const folder = join(cacheFolder, key)
    const own = inputs.filter(({ path }) => !isOfTool(path, recipe.tools))
    const manifest = await publishSealed(
      folder,
      MANIFEST,
      async (at) => {
        const started = Date.now()
        await prepared
        await recipe.compile(scratch, translation, at, afresh)
        await requireLinked(recipe, translation)
        const { top, trace = false, coverage = false } = options
        const timing = usesTiming(options, options.verilatorFlags)
        const about = { ...recipe.about, compileSeconds: (Date.now() - started) / 1000 }
        const { name, features } = recipe.tools.target
        const cpu = { arch: process.arch, name, features: [...features] }
        return { top, module, trace, coverage, timing, cpu, inputs: own, warnings: [...warnings], about }
      },
      afresh,
    )
    const translated = { key, meaning, inputs: own, warnings: [...warnings] }
    if (besides.length === 0) {
      await writeTranslated(cacheFolder, files, translated)
      await writeDependencies(index, { read: inputs.map(({ path }) => path), absent: translation.absent })
    }
    const made = describe(manifest, translated, folder)
    await tellOnce(cacheFolder, options, made)
    return made
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Sources that were broken on purpose are no news. */
const areWanted = ({ warnings, environment }: BuildOptions): boolean =>
  warnings !== 'ignore' && (environment?.mutation ?? null) === null

/** Tells the warnings of a model, unless they were told before: whoever built it may not have wanted them. */
async function tellOnce(
  cacheFolder: string,
  options: BuildOptions,
  { key, warnings }: BuiltModel,
): Promise<void> {
  if (warnings.length === 0 || !areWanted(options) || options.warnings === 'error') return
  const told = join(cacheFolder, 'index', `${hashParts([key, 'told']).slice(0, 40)}.json`)
  if ((await readSealed(told, v.literal(true))) === true) return
  tellWarnings(warnings)
  // A cache that can only be read serves as well.
  await writeCached(told, seal(true)).catch(() => undefined)
}

/** @param files hash of all that goes in */
async function openEntry(cacheFolder: string, files: string): Promise<BuiltModel | null> {
  const translated = await readTranslated(cacheFolder, files)
  if (translated === null) return null
  const folder = join(cacheFolder, translated.key)
  const manifest = await openSealedFolder(folder, MANIFEST)
  if (manifest === null) return null
  await touch(folder)
  return describe(manifest, translated, folder)
}

/** The model of some files: what it reads and warns of is what these files say, whichever made the library. */
function describe(manifest: Manifest, translated: TranslatedFiles, folder: string): BuiltModel {
  const { about: _, ...built } = manifest
  return { ...built, ...translated, library: join(folder, 'model.so') }
}
