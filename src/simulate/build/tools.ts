/** Which tools are installed here, and how the compiler is called. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolError } from '../../input/tool-error.ts'
import { readCpu } from '../../process/cpu.ts'
import type { Environment } from '../../process/environment.ts'
import { findProgram, searchPath } from '../../process/find-program.ts'
import { runTool } from '../../process/run-tool.ts'
import { hashFile, hashParts } from '../../store/hash.ts'
import { listVerilatorFiles } from './dependencies.ts'
import { findSoundFlags } from './sound-flags.ts'
import { chooseTarget, listTargets } from './target.ts'
import { keepToolFacts, listFolder } from './tool-cache.ts'
import type { ToolFacts, Tools } from './types.ts'

const found = new Map<string, Promise<Tools>>()

/**
 * Finds Verilator and the C++ compiler, once a process; with a cache folder, once for each version of them.
 *
 * @throws ToolError when one is missing, or cannot compile for the CPU that is wanted.
 */
export function findTools(
  { compiler, cpu, tools: variables }: Environment,
  cacheFolder: string | null = null,
): Promise<Tools> {
  const file = cacheFolder === null ? null : join(cacheFolder, 'tools.json')
  const key = JSON.stringify([compiler, cpu, variables, searchPath()])
  const known = found.get(key)
  if (known !== undefined) return known
  const asked = { programs: ['verilator', 'verilator_bin', compiler, 'ccache'], variables }
  const looking = keepToolFacts(file, asked, () => lookUpTools(compiler))
    .then((tools) => ({
      ...tools,
      identity: hashParts([tools.identity, JSON.stringify(variables)]),
      target: chooseTarget(readCpu(), tools.targets, cpu),
    }))
    .catch((error: unknown) => {
      found.delete(key)
      throw error
    })
  found.set(key, looking)
  return looking
}

async function lookUpTools(command: string): Promise<ToolFacts> {
  const [targets, banner, root, compiler, ccache] = await Promise.all([
    probeTargets(command),
    runTool('verilator', ['--version']),
    runTool('verilator', ['--getenv', 'VERILATOR_ROOT']).then((text) => text.trim()),
    runTool(command, ['--version']),
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
  const programs = [binary, findProgram(command) ?? command]
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
    compiler: { command, banner: compiler.split('\n')[0] ?? '' },
    ccache,
    targets,
    identity: hashParts([banner, compiler, ...hashes]),
  }
}

/** `verilator` is a script; the list of files that a run leaves names what it started. */
async function findBinary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-verilator-'))
  try {
    const source = join(folder, 'probe.v')
    await writeFile(source, 'module probe; endmodule\n')
    await runTool('verilator', ['--cc', '-Mdir', folder, '--prefix', 'Vprobe', source])
    const files = await listVerilatorFiles(folder, 'Vprobe')
    const ran = files.find((path) => path !== source)
    return (ran === undefined ? null : findProgram(ran)) ?? 'verilator'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Names of the targets that compiler and assembler know: each has compiled a loop for it. */
async function probeTargets(command: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-target-'))
  try {
    const source = join(folder, 'probe.cpp')
    await writeFile(source, 'void add(int* a, int* b) { for (int i = 0; i < 64; ++i) a[i] += b[i]; }\n')
    const probes = listTargets(process.arch).map(({ name, flags }) =>
      runTool(command, ['-O3', ...flags, '-c', source, '-o', join(folder, `${name}.o`)]).then(
        () => [name],
        () => [],
      ),
    )
    return (await Promise.all(probes)).flat()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
