/** Starts the C++ compiler: no more at once than there are cores and memory, and what takes longest first. */
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { countWithin } from '../../process/memory.ts'
import { runTool, type ToolOptions } from '../../process/run-tool.ts'
import type { Tools } from './types.ts'

interface Waiting {
  readonly weight: number
  readonly start: () => void
}

/** Most that the compiler takes for a unit of the detector. */
const COMPILER_BYTES = 256e6
const mostAtOnce = Math.min(availableParallelism(), countWithin(COMPILER_BYTES))

const waiting: Waiting[] = []
let running = 0

async function takeTurn(weight: number): Promise<void> {
  if (running < mostAtOnce) running += 1
  else await new Promise<void>((start) => waiting.push({ weight, start }))
}

/** Gives the turn to the heaviest that waits. */
function giveTurn(): void {
  const next = waiting.sort((a, b) => b.weight - a.weight).shift()
  if (next === undefined) running -= 1
  else next.start()
}

/** Calls the compiler by the words of `CXX`. */
export const callCompiler = (
  { compiler: { words } }: Pick<Tools, 'compiler'>,
  args: readonly string[],
  options?: ToolOptions,
): Promise<string> => runTool(words[0]!, [...words.slice(1), ...args], options)

/**
 * Compiles one file, by way of ccache where there is one.
 * @param weight how long it takes, compared with others; `files`: those that its messages may name; `direct`: without ccache
 */
export async function runCompiler(
  { ccache, compiler }: Tools,
  args: readonly string[],
  {
    cwd = process.cwd(),
    weight = 0,
    files = [],
    direct = false,
  }: {
    readonly cwd?: string
    readonly weight?: number
    readonly files?: readonly string[]
    readonly direct?: boolean
  } = {},
): Promise<void> {
  // `CXX="ccache g++"` is one already.
  const isCached = ccache === null || direct || basename(compiler.words[0]!) === 'ccache'
  const [command, ...first] = isCached ? compiler.words : [ccache, ...compiler.words]
  // Precompiled headers are trusted: the folder of each is named by the hash of what it is made of.
  const sloppiness = { CCACHE_SLOPPINESS: 'pch_defines,time_macros', CCACHE_NOHASHDIR: '1' }
  const env: Readonly<Record<string, string>> = direct
    ? { CCACHE_DISABLE: '1' }
    : ccache === null
      ? {}
      : sloppiness
  await takeTurn(weight)
  try {
    await runTool(command!, [...first, ...args], { cwd, env, files })
  } finally {
    giveTurn()
  }
}
