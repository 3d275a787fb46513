import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseConstant } from '../../../src/simulate/boundary/module-interface.ts'
import { parsePortsJson } from '../../../src/simulate/build/port-json.ts'
import { parsePortsXml } from '../../../src/simulate/build/port-xml.ts'
import { generatePortTypes, readParameterText, readPorts } from '../../../src/simulate/index.ts'

const fixtures = 'test/simulate/fixtures'
const readXml = async (top: string) =>
  parsePortsXml(await readFile(`${fixtures}/${top}.5.006.xml`, 'utf8'), top)
const readJson = async (top: string, version = '5.051') =>
  parsePortsJson(await readFile(`${fixtures}/${top}.${version}.tree`, 'utf8'), top)

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

  test.each([
    [{ type: 'BASICDTYPE', keyword: 'string' }, 'is a string,'],
    [{ type: 'BASICDTYPE', keyword: 'event' }, 'is an event,'],
    [{ type: 'BASICDTYPE', keyword: 'chandle', range: '63:0' }, 'is a chandle,'],
    [{ type: 'BASICDTYPE', keyword: 'realtime' }, 'is real,'],
    [{ type: 'CLASSREFDTYPE' }, 'is a class,'],
    [{ type: 'DYNARRAYDTYPE' }, 'is a dynamic array,'],
    [{ type: 'ASSOCARRAYDTYPE' }, 'is an associative array,'],
    [{ type: 'FANCYDTYPE' }, 'Expected a packed or unpacked data type of a port, got FANCYDTYPE'],
  ])('refuses what is no number of bits, from JSON: %j', (type, message) => {
    const json = (dtype: object) =>
      JSON.stringify({
        type: 'NETLIST',
        modulesp: [
          {
            ...{ type: 'MODULE', name: 'm', origName: 'm' },
            stmtsp: [{ type: 'VAR', name: 'p_i', direction: 'INPUT', dtypep: '(A)' }],
          },
        ],
        miscsp: [{ type: 'TYPETABLE', typesp: [{ addr: '(A)', ...dtype }] }],
      })
    expect(() => parsePortsJson(json(type), 'm')).toThrow(message)
    const { ports } = parsePortsJson(json({ type: 'BASICDTYPE', keyword: 'bit' }), 'm')
    expect(ports).toEqual([{ name: 'p_i', direction: 'input', width: 1, signed: false, elements: null }])
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

  test('takes signs and sizes from types, from XML, from JSON and from the Verilator that is installed', async () => {
    const xml = await readXml('parameter_zoo')
    expect(xml.ports.map(({ name, width, signed }) => `${name} ${signed ? -width : width}`)).toEqual([
      ...['clk_i 1', 'pair_i -16', 'pair_o -16', 'either_i -8', 'order_i -3', 'delta_i -6', 'tagged_i 20'],
      // A packed array of signed elements is not signed; one that is declared so as a whole is.
      ...['type_i -7', 'deltas_i 12', 'whole_i -12', 'pairs_i -16', 'unnamed_i -2'],
    ])
    expect(xml.parameters.map(({ name, value }) => [name, value])).toEqual([
      ...[
        ['Negative', -5],
        ['Small', -3],
        ['Long', -1n],
        ['Wide', 2n ** 70n - 16n],
        ['WideSigned', -2n],
      ],
      ...[
        ['Untyped', -7],
        ['Real', 2],
        ['Name', 'zoo'],
        ['Pair', -1],
        ['Two__Words', 2],
      ],
    ])
    expect(await readJson('parameter_zoo', '5.048')).toEqual(xml)
    expect(await readPorts({ top: 'parameter_zoo', sources: [`${fixtures}/parameter_zoo.sv`] })).toEqual(xml)
  })

  test('takes for unsigned and packed what it cannot look up', async () => {
    const text = await readFile(`${fixtures}/parameter_zoo.5.006.xml`, 'utf8')
    const { ports } = parsePortsXml(
      text.replaceAll(`${fixtures}/parameter_zoo.sv`, 'nowhere.sv'),
      'parameter_zoo',
    )
    expect(ports.filter(({ signed }) => signed).map(({ name }) => name)).toEqual([
      'order_i',
      'delta_i',
      'type_i',
    ])
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
    ['\\"d\\303\\244\\tt \\\\ \\"', 'dä\tt \\ '],
    ['"d&#195;&#164;"', 'dä'],
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
