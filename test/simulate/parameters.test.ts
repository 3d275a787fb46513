/** Parameters are taken as they are given, or refused; and names with two underscores, of what is inside. */
import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import {
  checkParameters,
  checkTexts,
  formatParameter,
  refuseParameter,
} from '../../src/simulate/build/parameters.ts'
import { type ModuleInterface, type ParameterValue, readPorts, simulate } from '../../src/simulate/index.ts'

const fixtures = 'test/simulate/fixtures'
const zoo = { top: 'parameter_zoo', sources: [`${fixtures}/parameter_zoo.sv`] }

describe('a parameter', () => {
  test('takes every value of its type', async () => {
    const sets: readonly Record<string, ParameterValue>[] = [
      { Negative: -(2 ** 31), Small: -8, Long: -(2n ** 63n), Wide: 2n ** 70n - 1n, WideSigned: -(2n ** 69n) },
      { Negative: 2 ** 31 - 1, Small: 7, Long: 2n ** 63n - 1n, Wide: 0, WideSigned: 2n ** 69n - 1n },
      { Untyped: -(2n ** 40n), Real: 2.5, Name: 'ä long name', Pair: -2, Two__Words: -40 },
      { Untyped: 2n ** 40n, Real: 3, Name: '', Pair: 2 ** 15 - 1, Two__Words: 0 },
    ]
    for (const parameters of sets) {
      const read = await readPorts({ ...zoo, parameters })
      const taken = Object.keys(parameters).map((name) => read.parameters.find((each) => each.name === name)!)
      expect(taken.map(({ value }) => String(value))).toEqual(Object.values(parameters).map(String))
    }
  })

  test.each([
    ['Small', 8, /parameter Small of parameter_zoo: .*\(4 bits, signed: -8 to 7\), got 8, which becomes -8/],
    ['Negative', 2 ** 32 - 1, /Negative .*\(32 bits, signed: -2147483648 to 2147483647\), got 4294967295/],
    ['Wide', 2n ** 70n, /Wide .*\(70 bits, unsigned\), got 1180591620717411303424, which becomes 0/],
    ['Negative', 2.5, /Negative .*got 2.5, which becomes 3/],
    ['Pair', 65535, /Pair .*\(16 bits, signed: -32768 to 32767\), got 65535, which becomes -1/],
  ])('%s refuses %s', async (name, value, message) => {
    await expect(readPorts({ ...zoo, parameters: { [name]: value } })).rejects.toThrow(message)
  })

  test.each([
    [
      'T',
      'logic',
      /parameter T of parameter_zoo: is a type\. A type parameter is set by a module around parameter_zoo/,
    ],
    [
      'Smal',
      1,
      /parameter Smal of parameter_zoo: there is no such parameter; there are .*Small, .*Did you mean Small\?/,
    ],
    [
      'Negative',
      '7',
      /parameter Negative of parameter_zoo: expected a number \(32 bits, signed.*got the text "7"/,
    ],
    ['Negative', Number.NaN, /parameters\.Negative: expected a finite number, got NaN/],
  ])('%s refuses %s, and says what to do', async (name, value, message) => {
    const refused = readPorts({ ...zoo, parameters: { [name]: value } })
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toBeInstanceOf(InputError)
  })

  test('that is misspelt is refused by a build, too', async () => {
    const build = simulate({ ...zoo, parameters: { Smal: 1 } })
    await expect(build).rejects.toThrow(/Did you mean Small/)
    const flags = simulate({ ...zoo, verilatorFlags: ['-GSmal=1'] })
    await expect(flags).rejects.toThrow(/Did you mean Small/)
  })

  test('that is local, a type or not there is refused as what it is', () => {
    const of = (name: string, local: boolean) => ({ name, local, width: 8, signed: false, value: 1 })
    const module: ModuleInterface = {
      name: 'm',
      ports: [],
      parameters: [of('Depth', false), of('Words', true)],
    }
    const said = (name: string, text = ''): string => refuseParameter(name, module, [text]).message
    expect(said('Words')).toMatch(/parameter Words of m: is a localparam, which nothing outside/)
    expect(said('Depht')).toMatch(/there is no such parameter; there are Depth\. Did you mean Depth\?/)
    expect(said('B', 'module m #(parameter type A = logic [3:0], B = int)();')).toMatch(/is a type/)
    expect(said('B', 'module m #(parameter type A = logic, int B = 1)();')).toMatch(/there is no such/)
    expect(refuseParameter('X', { ...module, parameters: [] }, []).message).toMatch(/it has none/)
  })

  test('is a text only where what it is by default may be one', () => {
    const checkOf = (width: number, signed: boolean, value: number | bigint | string | null) => () =>
      checkTexts(
        { name: 'm', ports: [], parameters: [{ name: 'P', local: false, width, signed, value }] },
        { P: '7' },
      )
    for (const [width, value] of [
      [0, 'a'],
      [24, 0x616263],
      [128, 0x616263n],
      [8, 0],
      [128, 0n],
      [8, null],
    ] as const)
      expect(checkOf(width, false, value)).not.toThrow()
    for (const [width, signed, value] of [
      [32, true, 97],
      [4, false, 3],
      [8, false, 3],
      [32, false, 0],
    ] as const)
      expect(checkOf(width, signed, value)).toThrow(/expected a number .* by default\), got the text "7"/)
  })

  test('is compared with what became of it', () => {
    const read = (width: number, signed: boolean, value: number | string | null): ModuleInterface => ({
      name: 'm',
      ports: [],
      parameters: [{ name: 'P', local: false, width, signed, value }],
    })
    const taken = (module: ModuleInterface, P: ParameterValue) => () => checkParameters(module, { P })
    expect(taken(read(1, false, 1), true)).not.toThrow()
    expect(taken(read(1, false, 0), true)).toThrow(/1 bit, unsigned: 0 to 1/)
    expect(taken(read(0, false, 'a'), 'a')).not.toThrow()
    expect(taken(read(0, false, 'a'), 'b')).toThrow(/a text.*got "b", which becomes "a"/)
    expect(taken(read(0, false, ''), 5)).toThrow(/a text/)
    expect(taken(read(24, false, 0x616263), 'abc')).not.toThrow()
    expect(taken(read(16, false, 0x6263), 'abc')).toThrow(/got "abc"/)
    expect(taken(read(64, false, 1.5), 1.5)).not.toThrow()
    expect(taken(read(64, false, 1.5), 1)).toThrow(/got 1/)
    // Nobody knows what it is where it is no constant, or is not there.
    expect(taken(read(8, false, null), 9)).not.toThrow()
    expect(() => checkParameters(read(8, false, 1), { Q: 9 })).not.toThrow()
  })

  test.each([
    [true, "1'b1"],
    [false, "1'b0"],
    [-(2 ** 31), '-2147483648'],
    [2n ** 31n, "32'h80000000"],
    [-(2n ** 31n) - 1n, "33'sh17fffffff"],
    [-(2n ** 63n), "64'sh8000000000000000"],
    [1.5, '1.5'],
    ['a', '<a>'],
  ])('%s is written as %s', (value, text) => {
    expect(formatParameter(value, (quoted) => `<${quoted}>`)).toBe(text)
  })
})

test('a module whose parts have two underscores in their names runs, and shows what they hold', async () => {
  await using dut = await simulate({ ...zoo, sources: [...zoo.sources, `${fixtures}/parameter_zoo.vlt`] })
  dut.ports.pair_i = -300
  dut.tick(2)
  expect(dut.ports.pair_o).toBe(-300)
  const kept = dut.variable('parameter_zoo.u__inner', 'kept__q')
  expect(new Int16Array(kept!.bytes.buffer, kept!.bytes.byteOffset, 2)).toEqual(Int16Array.of(-300, -300))
})
