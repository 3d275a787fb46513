/** Runs Yosys, and finds the models that came with it. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { findProgram } from '../process/find-program.ts'

/** Progress, one line per stage. */
export type Log = (stage: string) => void

export const quote = (path: string): string => `"${path}"`

/** Lines that begin with this are stages; nothing else of Yosys' output does. */
const STAGE = 'stage: '
export const stage = (name: string): string => `log -stderr ${STAGE}${name}`

export interface YosysRun {
  readonly top: string
  readonly script: readonly string[]
  readonly scratch: string
  readonly log?: Log
  /** What is wrong if it fails. */
  readonly what: string
  /** Everything that Yosys says, which without this is warnings and errors. */
  readonly loud?: true
}

/** @throws Error with what Yosys said. */
export async function runYosys({
  top,
  script,
  scratch,
  log = () => {},
  what,
  loud,
}: YosysRun): Promise<string> {
  const options = { cwd: scratch, all: true, reject: false, maxBuffer: 1 << 28 } as const
  const running = execa('yosys', [...(loud ? [] : ['-q']), '-p', script.join('\n')], options)
  running.stderr.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) if (line.startsWith(STAGE)) log(line.slice(STAGE.length))
  })
  const { exitCode, all } = await running
  if (exitCode !== 0) throw new Error(`${top}: ${what}.\n${loud ? all.slice(-4000) : all}`)
  return all
}

/** Yosys' own models of the 7-series primitives: Yosys looks for its data from where its program is. */
export function readXilinxModels(): string {
  const program = findProgram('yosys')
  const home = program === null ? '' : dirname(program)
  const places = ['../share/yosys', 'share'].map((folder) => join(home, folder, 'xilinx/cells_sim.v'))
  const found = places.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`Yosys' models are not where they belong: ${places.join(', ')}`)
  return readFileSync(found, 'utf8')
}
