/** One top with a unit for each set of parameters: one build for all of them. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { writeWhole } from '../../src/store/files.ts'
import { sha256 } from '../../src/store/hash.ts'

/** Name and width of each port of a unit, besides clock, reset, `valid_i` and `valid_o`. */
export interface UnitPorts {
  readonly inputs: Readonly<Record<string, number>>
  readonly outputs: Readonly<Record<string, number>>
}

export interface Unit {
  readonly parameters: Readonly<Record<string, number>>
  readonly ports: UnitPorts
}

type Ports = Record<string, number | bigint>

/** `module many`: unit k has its ports as `NAME_k`. */
export function writeTop(module: string, units: readonly Unit[]): string {
  const each = (write: (unit: Unit, k: number) => readonly string[]): readonly string[] =>
    units.flatMap(write)
  const declare = (
    direction: string,
    ports: Readonly<Record<string, number>>,
    k: number,
  ): readonly string[] =>
    Object.entries(ports).map(([name, width]) => `  ${direction} logic [${width - 1}:0] ${name}_${k}`)
  const ports = each(({ ports: { inputs, outputs } }, k) => [
    ...declare('input', { ...inputs, valid_i: 1 }, k),
    ...declare('output', { ...outputs, valid_o: 1 }, k),
  ])
  const instances = each(({ parameters, ports: { inputs, outputs } }, k) => {
    const names = ['valid_i', ...Object.keys(inputs), 'valid_o', ...Object.keys(outputs)]
    const settings = Object.entries(parameters).map(([name, value]) => `.${name}(${value})`)
    const wires = names.map((name) => `.${name}(${name}_${k})`)
    return [`  ${module} #(${settings.join(', ')}) u_${k} (.clk_i, .rst_ni, ${wires.join(', ')});`]
  })
  return [
    'module many (',
    ['  input logic clk_i', '  input logic rst_ni', ...ports].join(',\n'),
    ');',
    ...instances,
    'endmodule',
    '',
  ].join('\n')
}

/** Builds and opens all units. */
export async function openUnits(
  module: string,
  sources: readonly string[],
  units: readonly Unit[],
): Promise<Dut<Ports>> {
  const text = writeTop(module, units)
  // By its content, where it stays: `make mutate` builds the model again when the tests have ended.
  const folder = join('build', 'test-units', sha256(text).slice(0, 16))
  const file = join(folder, 'many.sv')
  await mkdir(folder, { recursive: true })
  await writeWhole(file, text)
  return simulate<Ports>({
    top: 'many',
    sources: [...sources, file],
    verilatorFlags: ['--assert', '-Wno-fatal'],
  })
}

/**
 * A beat of every unit at once, each with inputs of its own.
 *
 * @param latency cycles until `valid_o` of each unit
 * @returns what comes out of `output`
 */
export function runBeat(
  { ports, tick }: Dut<Ports>,
  beats: readonly Readonly<Record<string, number | bigint>>[],
  output: string,
  latency: readonly number[],
): number[] {
  beats.forEach((inputs, k) => {
    for (const [name, value] of Object.entries({ ...inputs, valid_i: 1 })) ports[`${name}_${k}`] = value
  })
  const codes = new Array<number>(beats.length).fill(Number.NaN)
  for (let cycle = 1; cycle <= Math.max(...latency); cycle++) {
    tick()
    beats.forEach((_, k) => {
      ports[`valid_i_${k}`] = 0
      const isDue = latency[k] === cycle
      if ((ports[`valid_o_${k}`] === 1) !== isDue) throw new Error(`unit ${k}: valid_o in cycle ${cycle}`)
      if (isDue) codes[k] = Number(ports[`${output}_${k}`])
    })
  }
  return codes
}
