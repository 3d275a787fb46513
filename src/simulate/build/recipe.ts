/** How one simulator makes a model, and how it is made certain which files it was made of. */

import { rm } from 'node:fs/promises'
import { type Diagnostic, ToolError } from '../../input/tool-error.ts'
import { makeFolder } from '../../store/cache.ts'
import type { ModuleInterface } from '../boundary/module-interface.ts'
import { isUnchanged, listAbsent, readInputs, type SearchPath } from './dependencies.ts'
import type { ForeignObject } from './foreign.ts'
import type { TranslationKeys } from './meaning.ts'
import type { BuildInput, BuildOptions, Tools } from './types.ts'

/** How one simulator makes a model. */
export interface Recipe {
  readonly options: BuildOptions
  /** Which program reads the sources. */
  readonly tool: string
  /** All that decides the model besides the content of files. */
  readonly parts: readonly string[]
  /** For the record. */
  readonly about: Readonly<Record<string, unknown>>
  readonly tools: Tools
  /** Reads the sources, and leaves in `scratch` what `compile` needs. */
  readonly translate: (scratch: string) => Promise<Translation>
  /** Makes what `compile` needs and no source decides: it runs beside `translate`. */
  readonly prepare: () => Promise<void>
  /** Writes the rest of what is compiled. @returns what it is, or null where that is not all that decides the model. */
  readonly complete: (scratch: string, translation: Translated) => Promise<TranslationKeys | null>
  /** Makes the library in `at`; `afresh` without anything from the cache. */
  readonly compile: (scratch: string, translation: Translated, at: string, afresh: boolean) => Promise<void>
}

type Translated = Pick<Translation, 'module' | 'foreign'>

export interface Translation {
  readonly module: ModuleInterface
  /** Every file that was read. */
  readonly files: readonly string[]
  /** Where they were looked for. */
  readonly search: SearchPath
  readonly warnings: readonly Diagnostic[]
  /** What else is to be said of the sources. */
  readonly remark?: string | null
  /** What is linked besides. */
  readonly foreign?: readonly ForeignObject[]
  /** Those of `files` that the linker reads. */
  readonly linked?: readonly string[]
  /** Files that are not there and would be read. */
  readonly absent?: readonly string[]
  /** What decides the model besides files. Only a translation knows it, so that such a model is translated each time. */
  readonly besides?: readonly string[]
}

const mostAttempts = 4

/** Runs the tool until it is certain which content it read: every file is the same before and after. */
export async function translate(
  recipe: Recipe,
  scratch: string,
  known: readonly BuildInput[],
): Promise<
  Omit<Translation, 'files' | 'search'> & { inputs: readonly BuildInput[]; absent: readonly string[] }
> {
  let before = known
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    await rm(scratch, { recursive: true, force: true })
    await makeFolder(scratch)
    const { files, search, ...translation } = await recipe.translate(scratch)
    const absent = [...listAbsent(files, search), ...(translation.absent ?? [])]
    const inputs = await readInputs(files)
    if (isUnchanged(before, inputs)) return { ...translation, inputs, absent }
    before = inputs
  }
  const { top } = recipe.options
  throw new ToolError(
    `The sources of ${top} changed during each of ${mostAttempts} builds: save them and try again.`,
    { tool: recipe.tool },
  )
}

/** @throws ToolError where a file that was linked is another now than the one in the model's key. */
export async function requireLinked(
  { options, tool }: Recipe,
  { inputs, linked = [] }: Pick<Translation, 'linked'> & { readonly inputs: readonly BuildInput[] },
): Promise<void> {
  if (isUnchanged(inputs, await readInputs(linked))) return
  const what = `What ${options.top} is linked with (${linked.join(', ')}) changed meanwhile: build it again.`
  throw new ToolError(what, { tool })
}
