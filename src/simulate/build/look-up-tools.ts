/** What the tools say of themselves, where nothing is kept of them yet. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolError } from '../../input/tool-error.ts'
import { findProgram } from '../../process/find-program.ts'
import { runTool } from '../../process/run-tool.ts'
import { inTemporaryFolder } from '../../store/files.ts'
import { hashFile, hashParts } from '../../store/hash.ts'
import { listVerilatorFiles } from './dependencies.ts'
import { probeCompiler } from './probe-compiler.ts'
import { findSoundFlags } from './sound-flags.ts'
import { listFolder } from './tool-cache.ts'
import type { ToolFacts } from './types.ts'

/** @throws ToolError when one is missing. */
export async function lookUpTools(words: readonly string[]): Promise<ToolFacts> {
  const [program, ...first] = words
  const [{ targets, ...probed }, banner, root, compiler, ccache] = await Promise.all([
    probeCompiler(words),
    runTool('verilator', ['--version']),
    runTool('verilator', ['--getenv', 'VERILATOR_ROOT']).then((text) => text.trim()),
    runTool(program!, [...first, '--version']),
    runTool('ccache', ['--version']).then(
      () => 'ccache',
      () => null,
    ),
  ])
  const version = /Verilator (\d+\.\d+)/.exec(banner)?.[1]
  if (version === undefined) {
    throw new ToolError(`Expected a version from verilator --version, got ${JSON.stringify(banner)}`, {
      tool: 'verilator',
    })
  }
  const binary = await findBinary()
  const programs = [binary, ...words.map((word) => findProgram(word) ?? word)]
  const library = await listFolder(join(root, 'include'))
  const hashes = await Promise.all([...programs, ...library].map((path) => hashFile(path).catch(() => '')))
  return {
    verilator: {
      version: Number(version),
      banner: banner.trim(),
      root,
      binary,
      flags: await findSoundFlags(Number(version)),
    },
    compiler: { ...probed, words, banner: compiler.split('\n')[0] ?? '' },
    ccache,
    targets,
    identity: hashParts([banner, compiler, ...first, ...hashes]),
  }
}

/** `verilator` is a script; the list of files that a run leaves names what it started. */
function findBinary(): Promise<string> {
  return inTemporaryFolder('assay-verilator-', async (folder) => {
    const source = join(folder, 'probe.v')
    await writeFile(source, 'module probe; endmodule\n')
    await runTool('verilator', ['--cc', '-Mdir', folder, '--prefix', 'Vprobe', source])
    const files = await listVerilatorFiles(folder, 'Vprobe')
    const ran = files.find((path) => path !== source)
    return (ran === undefined ? null : findProgram(ran)) ?? 'verilator'
  })
}
