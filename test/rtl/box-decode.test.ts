import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'

interface DecodePorts {
  rst_ni: number
  in_valid_i: number
  bins_i: number
  table_data_i: number
  out_ready_i: number
  readonly in_ready_o: number
  readonly read_valid_o: number
  readonly out_valid_o: number
}

const open = () =>
  simulate<DecodePorts>({
    top: 'box_decode',
    sources: ['rtl/assay_pkg.sv', 'rtl/box_decode.sv', 'rtl/divider.sv'],
    parameters: { PI: 4, PX: 1 },
    verilatorFlags: ['--assert'],
  })

/** Offers a box, and counts clock edges and reads until its result is there. */
function decode({ ports, tick }: Dut<DecodePorts>): { readonly edges: number; readonly reads: number } {
  ports.in_valid_i = 1
  let reads = 0
  let edges = 0
  for (; ports.out_valid_o === 0; edges++) {
    if (edges > 200) throw new Error('no box came')
    tick()
    ports.in_valid_i = 0
    reads += ports.read_valid_o
  }
  return { edges, reads }
}

// What boxes it makes is tested in the detect head.
describe('box_decode', () => {
  test.each([1, 2, 7, 16])('takes 120 cycles and reads each of %i bins of four sides once', async (bins) => {
    await using dut = await open()
    Object.assign(dut.ports, { bins_i: bins, table_data_i: 7, out_ready_i: 1 })
    for (let box = 0; box < 3; box++) {
      // 119 edges between the first cycle, with in_valid_i, and the 120th, with out_valid_o.
      expect(decode(dut)).toEqual({ edges: 119, reads: 4 * bins })
      dut.tick()
    }
  })

  test('holds a box until it is taken, and takes none meanwhile', async () => {
    await using dut = await open()
    Object.assign(dut.ports, { bins_i: 3, table_data_i: 7, out_ready_i: 0 })
    decode(dut)
    dut.ports.in_valid_i = 1
    for (let cycle = 0; cycle < 10; cycle++) {
      expect([dut.ports.out_valid_o, dut.ports.in_ready_o]).toEqual([1, 0])
      dut.tick()
    }
    dut.ports.out_ready_i = 1
    dut.tick()
    expect([dut.ports.out_valid_o, dut.ports.in_ready_o]).toEqual([0, 1])
  })
})
