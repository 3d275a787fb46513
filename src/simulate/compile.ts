import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Runtime } from './runtime.ts'
import type { Tools } from './tools.ts'
import { runCompiler, runTool } from './tools.ts'

/**
 * Compiles what Verilator wrote into `folder`, with the glue, and links it to the shared library `library`. The code
 * that runs every cycle is one unit under -O2, all else one unit under -O0: two compilers at once, each reading the
 * headers once.
 */
export async function compileModel(
  tools: Tools,
  runtime: Runtime,
  folder: string,
  glue: string,
  library: string,
): Promise<void> {
  await writeFile(join(folder, 'glue.cpp'), glue)
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpp')).sort()
  const isSlow = (file: string) => /(__Slow|__Syms|^glue)(__\d+)?\.cpp$/.test(file)
  const units = [
    { name: 'unit_fast', level: '-O2', files: files.filter((file) => !isSlow(file)) },
    { name: 'unit_slow', level: '-O0', files: files.filter(isSlow) },
  ]
  await Promise.all(
    units.map(async ({ name, level, files }) => {
      await writeFile(join(folder, `${name}.cc`), `${files.map((file) => `#include "${file}"`).join('\n')}\n`)
      const args = [...runtime.compileFlags, level, '-I.', '-c', `${name}.cc`, '-o', `${name}.o`]
      await runCompiler(tools, args, folder)
    }),
  )
  const objects = units.map(({ name }) => join(folder, `${name}.o`))
  await runTool(tools.compiler.command, [...objects, ...runtime.objects, ...runtime.linkFlags, '-o', library])
}
