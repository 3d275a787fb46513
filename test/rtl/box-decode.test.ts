import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'

interface DecodePorts {
  rst_ni: number
  in_valid_i: number
  in_place_i: bigint
  levels_i: bigint
  bins_i: number
  table_data_i: number
  out_ready_i: number
  readonly in_ready_o: number
  readonly read_valid_o: number
  readonly read_row_o: number
  readonly read_bank_o: number
  readonly out_valid_o: number
  readonly out_data_o: bigint
}

const open = (MaxLevels = 3) =>
  simulate<DecodePorts>({
    top: 'box_decode',
    sources: ['rtl/assay_pkg.sv', 'rtl/box_decode.sv', 'rtl/divider.sv'],
    parameters: { PI: 4, PX: 1, MaxLevels },
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

// What boxes it makes of logits is tested in the detect head.
describe('box_decode', () => {
  test.each([1, 2, 7, 16])('takes 114 cycles and reads each of %i bins of four sides once', async (bins) => {
    await using dut = await open()
    Object.assign(dut.ports, { bins_i: bins, table_data_i: 7, out_ready_i: 1 })
    for (let box = 0; box < 3; box++) {
      // 113 edges between the first cycle, with in_valid_i, and the 114th, with out_valid_o.
      expect(decode(dut)).toEqual({ edges: 113, reads: 4 * bins })
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

  test.each([1, 3, 4, 5])(
    'of %i levels takes memory and stride from the one of the anchor',
    async (count) => {
      await using dut = await open(count)
      const { ports } = dut
      const levels = [5, 4, 3, 2, 6].slice(0, count).map((log2Stride, index) => ({
        ...{ base: 100 + 1000 * index, plane: 50 + index, pitch: 3 + index, log2Stride },
      }))
      // Words of a level: box base, class base, plane, width and height, pitch and log2 of the stride.
      const words = levels.flatMap(({ base, plane, pitch, log2Stride }) => [
        ...[base, 77, plane, 0, pitch + log2Stride * 65_536],
      ])
      ports.levels_i = words.reduceRight((bits, word) => (bits << 32n) | BigInt(word), 0n)
      // All logits and their exponentials are equal: the expectation over 4 bins is 1.5.
      Object.assign(ports, { bins_i: 4, table_data_i: 7, out_ready_i: 1 })
      const [x, y] = [9, 2]
      for (const [index, { base, plane, pitch, log2Stride }] of levels.entries()) {
        ports.in_place_i = (BigInt(index) << 46n) | (BigInt(y) << 35n) | (BigInt(x) << 24n)
        const rows = new Set<number>()
        ports.in_valid_i = 1
        for (let cycle = 0; ports.out_valid_o === 0 && cycle < 200; cycle++) {
          if (ports.read_valid_o === 1) rows.add(ports.read_row_o * 2 + ports.read_bank_o)
          dut.tick()
          ports.in_valid_i = 0
        }
        const first = base + y * pitch + (x >> 1)
        expect([...rows], `level ${index}`).toEqual(
          [0, 1, 2, 3].map((side) => (first + side * plane) * 2 + 1),
        )
        const stride = 2 ** log2Stride
        const [centreX, centreY, reach] = [(2 * x + 1) * stride * 8, (2 * y + 1) * stride * 8, 24 * stride]
        const corners = [0, 16, 32, 48].map((low) =>
          Number(BigInt.asIntN(16, ports.out_data_o >> BigInt(low))),
        )
        const expected = [centreX - reach, centreY - reach, centreX + reach, centreY + reach]
        expect(corners, `level ${index}`).toEqual(expected)
        dut.tick()
      }
    },
  )
})
