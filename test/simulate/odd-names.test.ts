/** A port is called what the source calls it, whatever C++, Verilator and other tools call so. */
import { expect, test } from 'vitest'
import { generatePortTypes } from '../../src/simulate/build/port-types.ts'
import { readPorts, simulate } from '../../src/simulate/index.ts'
import { testWith } from '../witness.ts'

const source = { top: 'odd_names', sources: ['test/simulate/fixtures/odd_names.sv'] }
const inputs = ['__lead', 'switch', 'interrupt', 'eval', 'name', 'trace', 'rootp', 'class', 'a.b[0]', '3d']
const names = ['clk_i', 'bus__data_i', ...inputs, 'dollar$x', 'x___y', 'bus__data_o', 'final_o', 'delete']

test('the list of ports has the names of the source', async () => {
  expect((await readPorts(source)).ports.map(({ name }) => name)).toEqual(names)
})

test('types quote what is no name of TypeScript', async () => {
  const text = generatePortTypes(await readPorts(source))
  for (const property of ['bus__data_i: number', '"a.b[0]": number', 'dollar$x: number', '3d: number'])
    expect(text).toContain(`  ${property}`)
})

const everyPort = (simulator: 'verilator' | 'icarus') => async () => {
  await using dut = await simulate({ ...source, simulator })
  expect(Object.keys(dut.ports)).toEqual(names)
  dut.ports.bus__data_i = 5
  dut.tick()
  expect(dut.ports.bus__data_o).toBe(6)
  // Each input is one bit of the word, from the top; `eval` has four, `trace` has two.
  let bit = 16
  for (const name of [...inputs, 'dollar$x', 'x___y']) {
    bit -= name === 'eval' ? 4 : name === 'trace' ? 2 : 1
    dut.ports[name] = 1
    dut.tick()
    expect([name, dut.ports.final_o]).toEqual([name, 2 ** bit])
    expect(dut.ports.delete).toBe(name === 'switch' ? 1 : 0)
    dut.ports[name] = 0
  }
  expect(bit).toBe(0)
}

test('the variable of a package, which Verilator declares beside the ports, stays', async () => {
  const sources = ['test/simulate/fixtures/package_variable.sv']
  await using dut = await simulate({ top: 'package_variable', sources, plusargs: { step: 3 } })
  dut.tick(4)
  expect(dut.ports.count_o).toBe(12)
})

test('every port is written and read by its name', everyPort('verilator'))

testWith('iverilog', 'every port is written and read by its name, with Icarus', everyPort('icarus'))
