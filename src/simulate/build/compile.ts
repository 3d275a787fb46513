/** Compiles a model and links it with the runtime. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { runTool } from '../../process/run-tool.ts'
import { hashParts } from '../../store/hash.ts'
import { publishSealed } from '../../store/kept.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { runCompiler } from './compiler.ts'
import { bridgeFolder, listLibrary, type Runtime } from './runtime.ts'
import type { Tools } from './types.ts'
import { planUnits, type Unit } from './units.ts'

/** What one unit compiles to, kept for the next model that has the same. */
const keptObjects: SweepLimits = { pattern: /^[0-9a-f]{32}$/, mostEntries: 1000, inUseMs: 3600 * 1000 }

/**
 * Compiles what Verilator wrote into `folder`, with the glue, and links it to the shared library `library`. A unit that
 * was compiled before is taken from the cache, unless all is made `afresh`.
 */
export async function compileModel(
  tools: Tools,
  runtime: Runtime,
  folder: string,
  glue: string,
  library: string,
  afresh: boolean,
): Promise<void> {
  await writeFile(join(folder, 'glue.cpp'), glue)
  const units = await planUnits(folder, bridgeFolder, listLibrary(tools))
  const objects = await Promise.all(
    units.map(async (unit, index) => {
      const source = `unit_${index}.cc`
      const compile = async (object: string): Promise<void> => {
        await writeFile(join(folder, source), unit.text)
        const args = [...runtime.compileFlags, '-I.', '-c', source, '-o', object]
        await runCompiler(tools, args, { cwd: folder, weight: unit.bytes })
      }
      return keepObject(runtime, unit, join(folder, `unit_${index}.o`), compile, afresh)
    }),
  )
  await runTool(tools.compiler.command, [...objects, ...runtime.objects, ...runtime.linkFlags, '-o', library])
  await sweepEntries(runtime.unitFolder, keptObjects)
}

/** The object of a unit: in the cache where its content is known, else at `own`. */
async function keepObject(
  { key, unitFolder }: Runtime,
  { content }: Unit,
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
