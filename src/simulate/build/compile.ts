/** Compiles a model and links it with the runtime. */
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ToolError } from '../../input/tool-error.ts'
import { hashParts } from '../../store/hash.ts'
import { publishSealed } from '../../store/kept.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { callCompiler, runCompiler } from './compiler.ts'
import { explainUndefined, type ForeignObject, type ForeignOptions, hasDpi, listImports } from './foreign.ts'
import { bridgeFolder, listLibrary, type Runtime } from './runtime.ts'
import type { Tools } from './types.ts'
import { planUnits, type Unit } from './units.ts'

/** What C and C++ files call of `svdpi.h`. */
const dpiLibrary: Unit = { text: '#include "verilated_dpi.cpp"\n', bytes: 50_000, content: 'verilated_dpi' }

/** What one unit compiles to, kept for the next model that has the same. */
const keptObjects: SweepLimits = { pattern: /^[0-9a-f]{32}$/, mostEntries: 1000, inUseMs: 3600 * 1000 }

/**
 * Compiles what Verilator wrote into `folder`, with the glue beside it, and links it to the shared library `library`. A unit that
 * was compiled before is taken from the cache, unless all is made `afresh`.
 */
export async function compileModel(
  tools: Tools,
  runtime: Runtime,
  folder: string,
  library: string,
  afresh: boolean,
  foreign: readonly ForeignObject[] = [],
  options: ForeignOptions = { top: '', sources: [] },
): Promise<void> {
  const planned = await planUnits(folder, bridgeFolder, listLibrary(tools))
  const units = hasDpi(folder) ? [...planned, dpiLibrary] : planned
  const objects = await Promise.all(
    units.map(async (unit, index) => {
      const source = `unit_${index}.cc`
      const compile = async (object: string): Promise<void> => {
        await writeFile(join(folder, source), unit.text)
        const args = [...runtime.compileFlags, '-I.', '-c', source, '-o', object]
        await runCompiler(tools, args, { cwd: folder, weight: unit.bytes }).catch((error: unknown) => {
          throw blameVerilator(error, tools.verilator.version.toFixed(3))
        })
      }
      return keepObject(runtime, unit.content, join(folder, `unit_${index}.o`), compile, afresh)
    }),
  )
  const others = await Promise.all(
    foreign.map(({ path, made }, index) =>
      made === null
        ? path
        : keepObject(runtime, made.content, join(folder, `foreign_${index}.o`), made.compile, afresh),
    ),
  )
  const { ldFlags = [] } = options
  const whole = units.length > planned.length && process.platform !== 'darwin' ? ['-Wl,-z,defs'] : []
  // A shared library is looked for by its name when the model is opened.
  const homes = foreign.flatMap(({ path }) => (path.endsWith('.so') ? [`-Wl,-rpath,${dirname(path)}`] : []))
  const linked = [
    ...objects,
    ...others,
    ...runtime.objects,
    ...runtime.linkFlags,
    ...whole,
    ...homes,
    ...ldFlags,
  ]
  await callCompiler(tools, [...linked, '-o', library]).catch(async (error: unknown) => {
    throw await explainUndefined(error, await listImports(folder), options)
  })
  await sweepEntries(runtime.unitFolder, keptObjects)
}

/** Says of an error in what Verilator wrote that its version is to blame, not the user's RTL. */
export function blameVerilator(error: unknown, version: string): unknown {
  if (!(error instanceof ToolError)) return error
  const [own] = error.diagnostics.filter(
    ({ file, severity }) => severity === 'error' && file?.startsWith('Vmodel'),
  )
  if (own === undefined) return error
  const { tool, output, diagnostics } = error
  const advice = `Verilator ${version} has written this C++: another version may translate the RTL better (docs/installing.md).`
  return new ToolError(`${error.message}\n${advice}`, { tool, output, diagnostics })
}

/** The object of a unit: in the cache where its content is known, else at `own`. */
async function keepObject(
  { key, unitFolder }: Runtime,
  content: string | null,
  own: string,
  compile: (object: string) => Promise<void>,
  afresh: boolean,
): Promise<string> {
  if (content === null) {
    await compile(own)
    return own
  }
  const kept = join(unitFolder, hashParts([key, content]).slice(0, 32))
  const fill = async (at: string): Promise<string> => {
    await compile(join(at, 'unit.o'))
    return content
  }
  await publishSealed(kept, v.string(), fill, afresh)
  return join(kept, 'unit.o')
}
