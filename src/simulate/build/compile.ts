/** Compiles a model and links it with the runtime. */
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '../../process/run-tool.ts'
import { levels, type Runtime } from './runtime.ts'
import { runCompiler } from './tools.ts'
import type { Tools } from './types.ts'

/**
 * Compiles what Verilator wrote into `folder`, with the glue, and links it to the shared library `library`. The code
 * that runs every cycle is one unit under -O3, or two where it is large; all else is one unit under -O0. They are
 * compiled at once, and read the headers precompiled.
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
  const fast = await splitBySize(
    folder,
    files.filter((file) => !isSlow(file)),
  )
  const units = [
    ...fast.map((part, index) => ({ name: `unit_fast_${index}`, level: levels[0], files: part })),
    { name: 'unit_slow', level: levels[1], files: files.filter(isSlow) },
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

/** Two parts of about one size, where the files are so large that two compilers are worth their start. */
async function splitBySize(
  folder: string,
  files: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const sizes = await Promise.all(
    files.map(async (file) => ({ file, bytes: (await stat(join(folder, file))).size })),
  )
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total < 200_000) return [files]
  const parts = [0, 1].map(() => ({ bytes: 0, files: [] as string[] }))
  for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    const part = parts.reduce((least, candidate) => (candidate.bytes < least.bytes ? candidate : least))
    part.bytes += bytes
    part.files.push(file)
  }
  return parts.map((part) => part.files).filter((part) => part.length > 0)
}
