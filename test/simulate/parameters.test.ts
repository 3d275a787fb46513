/** Parameters are taken as they are given, or refused; and names with two underscores, of what is inside. */
import { describe, expect, test } from 'vitest'
import { checkParameters, formatParameter } from '../../src/simulate/build/parameters.ts'
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

  test('that is a type, or that there is not, is refused by name', async () => {
    const refused = /not found in the design: T\nA type parameter is set by a module around parameter_zoo/
    await expect(readPorts({ ...zoo, parameters: { T: 'logic' } })).rejects.toThrow(refused)
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
