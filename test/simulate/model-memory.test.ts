/** A memory of a model that its own tap shows: what was written last is what has to be there. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { simulate, simulateInChild } from '../../src/simulate/index.ts'

/** Writes are lost at the address `Lost`. */
const source = `module held #(parameter int Lost = 9) (
  input logic clk_i, input logic rst_ni,
  input logic in_valid_i, input logic [15:0] in_pc_i, input logic [31:0] in_addr_i, input logic [31:0] in_data_i,
  output logic tap_valid_o, output logic [15:0] tap_pc_o, output logic [31:0] tap_addr_o,
  output logic [31:0] tap_data_o);
  logic [31:0] mem [4];
  assign {tap_valid_o, tap_pc_o, tap_addr_o, tap_data_o} = {in_valid_i, in_pc_i, in_addr_i, in_data_i};
  always_ff @(posedge clk_i) if (in_valid_i && in_addr_i != Lost) mem[in_addr_i[1:0]] <= in_data_i;
endmodule
`
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-held-'))
  await writeFile(join(folder, 'held.sv'), source)
  await writeFile(join(folder, 'held.vlt'), '`verilator_config\npublic_flat_rd -module "held" -var "mem"\n')
})

const check = { stream: 'tap', writer: 'pc', address: 'addr', data: 'data', banks: ['held'], variable: 'mem' }
const optionsOf = (lost: number) => ({
  top: 'held',
  sources: ['held.sv', 'held.vlt'].map((name) => join(folder, name)),
  parameters: { Lost: lost },
})
const writes = [
  { pc: 1, addr: 0, data: 5 },
  { pc: 1, addr: 3, data: 6 },
  { pc: 2, addr: 3, data: 7 },
]

describe.each([
  { where: 'here', open: simulate },
  { where: 'in a child process', open: simulateInChild },
])('the memory of a model $where', ({ open }) => {
  test.each([
    { lost: 9, found: [] },
    { lost: 3, found: [[2, 1]] },
    { lost: 0, found: [[1, 1]] },
  ])('without address $lost', async ({ lost, found }) => {
    await using dut = await open(optionsOf(lost))
    await expect(dut.checkMemory(check)).rejects.toThrow('Expected beats of tap to be received before')
    await dut.stream('in').send(writes)
    await dut.step(5)
    expect((await dut.stream('tap').receivePacked()).cycles).toHaveLength(3)
    expect(await dut.checkMemory(check)).toEqual({ checked: 2, lost: new Map(found as [number, number][]) })
    expect(await dut.checkMemory({ ...check, variable: 'words' })).toBeNull()
  })
})
