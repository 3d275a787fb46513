import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { type Dut, type SimulateOptions, simulate } from '../../src/simulate/index.ts'
import type { Program, Word } from './program-bench.ts'

export interface DetectorPorts {
  rst_ni: number
  host_valid_i: number
  readonly host_ready_o: number
  host_addr_i: number
  host_data_i: number | bigint
  readonly m_axi_arvalid_o: number
  readonly m_axi_araddr_o: bigint
  readonly m_axi_arlen_o: number
  readonly m_axi_rready_o: number
  start_i: number
  first_i: number
  last_i: number
  readonly busy_o: number
  readonly done_o: number
  readonly error_o: number
  readonly pc_o: number
  readonly tap_valid_o: number
  readonly tap_pc_o: number
  readonly tap_addr_o: number
  readonly tap_data_o: number | bigint
}

/** Small memories, so that a model is built and started quickly; a row behind the last one would wrap to the first. */
export const DEPTHS = {
  ...{ FeatureDepth: 16384, WeightDepth: 8192, ParamDepth: 512, TableDepth: 65536, ProgramDepth: 2048 },
  ...{ Capacity: 16, MaxDetections: 8 },
}

const text = (words: readonly (number | bigint)[]): string =>
  words.map((word) => `${word.toString(16)}\n`).join('')

/** Writes the ROMs into a folder of their own; the plusargs that name them. */
export async function writeRoms(program: Program, words = program.words()): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-detector-'))
  const roms = {
    program: words,
    weights: program.weights,
    params: program.params,
    tables: program.tables,
    head: [0],
  }
  const paths: Record<string, string> = {}
  for (const [name, content] of Object.entries(roms)) {
    paths[name] = join(folder, `${name}.mem`)
    await writeFile(paths[name], text(content.length > 0 ? content : [0]))
  }
  return paths
}

/** The detector with the program in its ROMs and its images in the feature memory. */
export async function openDetector(
  program: Program,
  words = program.words(),
  more: Partial<Pick<SimulateOptions, 'seed' | 'randomiseUnknowns' | 'sources'>> = {},
): Promise<Dut<DetectorPorts>> {
  const dut = await simulate<DetectorPorts>({
    top: 'detector',
    sources: await readSourceList(),
    parameters: { ...program.engine, ...DEPTHS },
    plusargs: await writeRoms(program, words),
    verilatorFlags: ['--assert'],
    randomiseUnknowns: true,
    seed: 7,
    ...more,
  })
  loadHost(dut, program.host)
  return dut
}

export function loadHost({ ports, tick }: Dut<DetectorPorts>, words: readonly Word[]): void {
  for (const { addr, data } of words) {
    ports.host_valid_i = 1
    ports.host_addr_i = addr
    ports.host_data_i = typeof ports.host_data_i === 'bigint' ? data : Number(data)
    tick()
  }
  ports.host_valid_i = 0
}

export interface Run {
  readonly error: number
  readonly cycles: number
  /** Words by instruction, in the order they were written. */
  readonly taps: readonly Word[][]
}

/** Runs instructions first to last. */
export function runProgram(
  dut: Dut<DetectorPorts>,
  first: number,
  last: number,
  withinCycles = 2_000_000,
): Run {
  const { ports } = dut
  Object.assign(ports, { first_i: first, last_i: last, start_i: 1 })
  dut.tick()
  ports.start_i = 0
  const taps: Word[][] = []
  let cycles = 1
  while (ports.done_o === 0) {
    if (cycles++ > withinCycles)
      throw new Error(`instruction ${ports.pc_o} is not done in ${withinCycles} cycles`)
    dut.tick()
    if (ports.tap_valid_o === 0) continue
    taps[ports.tap_pc_o] ??= []
    taps[ports.tap_pc_o]!.push({ addr: ports.tap_addr_o, data: BigInt(ports.tap_data_o) })
  }
  return { error: ports.error_o, cycles, taps }
}

const show = (word: Word | undefined): string =>
  word ? `${word.data.toString(16)} at word ${word.addr}` : 'nothing'

/** In-order scoreboard: the first difference of what an instruction wrote, or null. */
export function compareTaps(received: readonly Word[] | undefined, expected: readonly Word[]): string | null {
  const words = received ?? []
  for (let i = 0; i < Math.max(words.length, expected.length); i++) {
    const [got, wanted] = [words[i], expected[i]]
    if (got?.addr !== wanted?.addr || got?.data !== wanted?.data)
      return `write ${i} of ${expected.length}: expected ${show(wanted)}, received ${show(got)}`
  }
  return null
}
