/** C and C++ among the sources: what the RTL calls by DPI. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ToolError } from '../../input/tool-error.ts'
import { wholePath } from '../../process/whole-path.ts'
import { hashOrMissing, hashParts } from '../../store/hash.ts'
import { callCompiler, runCompiler } from './compiler.ts'
import { listCompilerFiles } from './flag-files.ts'
import { modelClass } from './names.ts'
import type { Runtime } from './runtime.ts'
import { isCompiled, isForeign } from './source-flags.ts'
import type { BuildOptions, Tools } from './types.ts'

export type ForeignOptions = Pick<BuildOptions, 'top' | 'sources' | 'includeDirs' | 'cFlags' | 'ldFlags'>

/** Verilator writes these prototypes; they are included by the name of the module, as they are called without Assay. */
const headerOf = (folder: string): string => join(folder, `${modelClass}__Dpi.h`)

/** Where the compiler looks for what a C or C++ file includes, in its order. */
export function listIncludeFolders({
  sources,
  includeDirs = [],
  cFlags = [],
}: ForeignOptions): readonly string[] {
  const own = sources.filter(isCompiled).map(dirname)
  const valuesOf = (option: string): readonly string[] =>
    cFlags.flatMap((flag, index) => {
      if (flag === option) return [cFlags[index + 1] ?? '']
      return flag.startsWith(option) ? [flag.slice(option.length)] : []
    })
  // What a flag includes is looked for in the working directory first.
  const first = cFlags.some((flag) => /^-(include|imacros)/.test(flag)) ? ['.'] : []
  const given = ['-iquote', '-I', '-isystem', '-idirafter'].flatMap(valuesOf)
  return [...first, ...new Set(own), ...includeDirs, ...given]
}

/** Headers in these folders count as the system's, which `-MM` leaves out. */
const OF_SYSTEM = /^-(isystem|idirafter|cxx-isystem|isysroot|-?sysroot|iframework|F)/

/** What the preprocessor looks for and does not include, and what only the assembler reads. */
const PROBES = /__has_include|__has_embed/
const READS = /\bincbin\b|#\s*embed\b|__(DATE|TIME|TIMESTAMP)__/

const listFlags = (
  path: string,
  folder: string,
  { flags }: Pick<Runtime, 'flags'>,
  { includeDirs = [], cFlags = [] }: ForeignOptions,
): readonly string[] => {
  // A C compiler knows none of these.
  const isOfC = (flag: string) => !/^-(std=|faligned-new|fno-gnu-unique)/.test(flag)
  return [
    ...(path.endsWith('.c') ? ['-x', 'c', ...flags.filter(isOfC)] : ['-x', 'c++', ...flags]),
    '-O2',
    `-I${folder}`,
    ...includeDirs.map((each) => `-I${resolve(each)}`),
    ...cFlags,
  ]
}

/** One file to link with a model: how it is made, or null where it is linked as it is. */
export interface ForeignObject {
  readonly path: string
  /** The file, and what it includes without what is the compiler's or Verilator's. */
  readonly files: readonly string[]
  /** What decides it besides these files and the flags: "" where nothing does. */
  readonly besides: string
  readonly made: {
    /** SHA-256 of all that goes in. */
    readonly content: string
    /** @throws ToolError where it does not compile, or has changed since it was listed. */
    readonly compile: (object: string) => Promise<void>
  } | null
}

/**
 * The C and C++ files among the sources. What they include of Verilator's output is in `folder`.
 *
 * @throws ToolError where one of them includes what is not there.
 */
export async function readForeign(
  folder: string,
  tools: Tools,
  runtime: Pick<Runtime, 'flags'>,
  options: ForeignOptions,
): Promise<readonly ForeignObject[]> {
  const { sources, top, cFlags = [] } = options
  const named = listCompilerFiles(cFlags)
  const foreign = sources.filter(isForeign)
  // As Verilator calls it where nobody gives another prefix.
  if (foreign.length > 0 && /^\w+$/.test(top) && `V${top}` !== modelClass)
    await writeFile(join(folder, `V${top}__Dpi.h`), `#include "${modelClass}__Dpi.h"\n`)
  return Promise.all(
    foreign.map(async (path, index): Promise<ForeignObject> => {
      if (!isCompiled(path)) return { path: resolve(path), files: [path], besides: '', made: null }
      const flags = listFlags(path, folder, runtime, options)
      const rule = join(folder, `foreign_${index}.d`)
      const kind = cFlags.some((flag) => OF_SYSTEM.test(flag)) ? '-M' : '-MM'
      await callCompiler(tools, [...flags, kind, '-MF', rule, path], { files: [path] })
      const all = [...new Set([...parseRule(await readFile(rule, 'utf8')), ...named])]
      const hashAll = () => Promise.all(all.map((file) => hashOrMissing(file)))
      const hashes = await hashAll()
      const preprocess = async (): Promise<string> => {
        const text = join(folder, `foreign_${index}.i`)
        await callCompiler(tools, [...flags, '-E', '-P', path, '-o', text], { files: [path] })
        return hashOrMissing(text)
      }
      const besides = await describeBesides(all, preprocess)
      const given = flags.filter((flag) => flag !== `-I${folder}`)
      const content = hashParts([...given, path, ...hashes, besides])
      const compile = async (object: string): Promise<void> => {
        // Not by way of ccache, which does not see a header that has come before the one it knows.
        await runCompiler(tools, [...flags, '-c', path, '-o', object], {
          ...{ weight: 1, files: sources, direct: true },
        })
        if (String(await hashAll()) === String(hashes)) return
        const what = `${path}, or what it includes, changed while it was compiled: build it again.`
        throw new ToolError(what, { tool: 'compiler' })
      }
      return {
        path: resolve(path),
        files: all.filter((file) => !file.startsWith(folder)),
        besides,
        made: { content, compile },
      }
    }),
  )
}

/** A file that is looked for decides by being there: the preprocessed text then counts. What is read unseen makes each build another. */
async function describeBesides(files: readonly string[], preprocess: () => Promise<string>): Promise<string> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')))
  if (texts.some((text) => READS.test(text))) return randomUUID()
  return texts.some((text) => PROBES.test(text)) ? preprocess() : ''
}

/** What a rule of make, as compilers write it, depends on. */
export function parseRule(rule: string): readonly string[] {
  const [, after = ''] = /^.*?:\s([\s\S]*)$/.exec(rule.replaceAll('\\\n', ' ')) ?? []
  return [...after.matchAll(/(?:\\.|[^\s\\])+/g)].map(([word]) =>
    word.replaceAll(/\\([ #\\])/g, '$1').replaceAll('$$', '$'),
  )
}

/** Whether the RTL imports functions from C, or exports some to it. */
export const hasDpi = (folder: string): boolean => existsSync(headerOf(folder))

/** The functions that the RTL imports, and where. */
export async function listImports(folder: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(headerOf(folder), 'utf8').catch(() => '')
  const found = text.matchAll(/\/\/ DPI import at (.+)\n\s*extern [^;]*?(\w+)\(/g)
  return new Map([...found].map(([, place, name]) => [name!, place!]))
}

/** Makes of a linker's message what a person can do. */
export async function explainUndefined(
  error: unknown,
  imports: ReadonlyMap<string, string>,
  { top, sources }: ForeignOptions,
): Promise<unknown> {
  if (!(error instanceof ToolError)) return error
  const found = error.output.matchAll(/undefined (?:reference to [`']|symbol: )([^'\n]+)/g)
  const names = [...new Set([...found].map(([, name]) => name!.trim()))]
  if (names.length === 0) return error
  const missing = names.filter((name) => imports.has(name))
  const lines = await Promise.all(
    missing.map(async (name) => {
      const other = await findPlain(name, sources)
      const what =
        other === null
          ? 'add the C or C++ file that defines it to sources'
          : `${other} seems to define it for C++: put extern "C" before it, or include "V${top}__Dpi.h"`
      const [, file = '', at = ''] = /^(.*?)((?::\d+)*)$/.exec(imports.get(name)!) ?? []
      return `${wholePath(file, sources)}${at}: the function ${name} is imported from C, and none of the sources defines it: ${what}.`
    }),
  )
  const others = names.filter((name) => !imports.has(name))
  if (others.length > 0)
    lines.push(
      `The C and C++ files of ${top} need ${others.join(', ')}: add the files that define them to sources, or their library to ldFlags.`,
    )
  return new ToolError(lines.join('\n'), { tool: error.tool, output: error.output })
}

/** The C++ file that has a function of this name. */
async function findPlain(name: string, sources: readonly string[]): Promise<string | null> {
  for (const path of sources.filter((each) => isCompiled(each) && !each.endsWith('.c')))
    if (new RegExp(`\\b${name}\\s*\\(`).test(await readFile(path, 'utf8'))) return path
  return null
}
