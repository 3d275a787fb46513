import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseConstant } from '../../../src/simulate/boundary/module-interface.ts'
import { parsePortsJson } from '../../../src/simulate/build/port-json.ts'
import { parsePortsXml } from '../../../src/simulate/build/port-xml.ts'
import { generatePortTypes, readParameterText, readPorts } from '../../../src/simulate/index.ts'

const fixtures = 'test/simulate/fixtures'
const readXml = async (top: string) =>
  parsePortsXml(await readFile(`${fixtures}/${top}.5.006.xml`, 'utf8'), top)
const readJson = async (top: string) =>
  parsePortsJson(await readFile(`${fixtures}/${top}.5.051.tree`, 'utf8'), top)

describe('port reading', () => {
  test.each(['beat_counter', 'port_zoo'])('gives one answer from XML and from JSON: %s', async (top) => {
    expect(await readJson(top)).toEqual(await readXml(top))
  })

  test('knows every kind of port', async () => {
    const { ports } = await readXml('port_zoo')
    const rows = ports.map(({ name, direction, width, signed, elements }) => {
      return [name, direction, signed ? -width : width, elements]
    })
    expect(rows).toEqual([
      ['clk_i', 'input', 1, null],
      ['rst_ni', 'input', 1, null],
      ['small_i', 'input', -8, null],
      ['param_width_i', 'input', 12, null],
      ['offset_range_i', 'input', 8, null],
      ['ascending_i', 'input', 8, null],
      ['quad_i', 'input', 64, null],
      ['wide_i', 'input', 200, null],
      ['odd_signed_i', 'input', -33, null],
      ['packed_array_i', 'input', 32, null],
      ['unpacked_array_i', 'input', 8, 4],
      ['pad_io', 'inout', 1, null],
      ['small_o', 'output', -8, null],
      ['wide_o', 'output', 200, null],
      ['depth_o', 'output', 8, null],
    ])
  })

  test('knows every kind of parameter', async () => {
    const { parameters } = await readJson('port_zoo')
    const init = parameters.find(({ name }) => name === 'Init')!
    expect(parameters.filter((parameter) => parameter !== init)).toEqual([
      { name: 'Width', local: false, width: 32, signed: true, value: 12 },
      { name: 'Fast', local: false, width: 1, signed: false, value: 1 },
      { name: 'Depth', local: true, width: 32, signed: true, value: 8 },
    ])
    expect(readParameterText(init)).toBe('zoo.mem')
  })

  test('follows parameters, with the Verilator that is installed', async () => {
    const parameters = { Width: 20, Fast: false, Init: 'my zoo.mem' }
    const module = await readPorts({ top: 'port_zoo', sources: [`${fixtures}/port_zoo.sv`], parameters })
    expect(module.ports.find(({ name }) => name === 'param_width_i')?.width).toBe(20)
    expect(module.parameters.find(({ name }) => name === 'Fast')?.value).toBe(0)
    expect(readParameterText(module.parameters.find(({ name }) => name === 'Init')!)).toBe('my zoo.mem')
  })

  test('says which modules there are when the top is not among them', async () => {
    const xml = await readFile(`${fixtures}/beat_counter.5.006.xml`, 'utf8')
    expect(() => parsePortsXml(xml, 'counter')).toThrow(/Expected module counter .* got beat_counter/)
  })

  test.each([
    ["32'sh8", 8],
    ["32'shffffffff", -1],
    ["1'h1", 1],
    ["64'hffffffffffffffff", 2n ** 64n - 1n],
    ["64'shffffffffffffffff", -1n],
    ['"text"', 'text'],
    ["4'bx", null],
  ])('reads the constant %s', (text, value) => {
    expect(parseConstant(text)).toBe(value)
  })
})

test('port types are declarations that a test can use', async () => {
  expect(generatePortTypes(await readXml('beat_counter'))).toBe(`/** Ports of beat_counter. */
export interface BeatCounterPorts {
  /** input, 1 bit */
  clk_i: number
  /** input, 1 bit */
  rst_ni: number
  /** input, 1 bit */
  in_valid_i: number
  /** output, 1 bit */
  readonly in_ready_o: number
  /** output, 8 bits */
  readonly count_o: number
}
`)
})
