/** `detector_axi` in Icarus and Yosys, and RTL that is broken on purpose: what the tests of the bus can notice. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { readSourceList } from '../../src/pipeline/files/rtl-sources.ts'
import { randomImage } from '../golden/random-graph.ts'
import { breakRtl } from '../pipeline/broken-rtl.ts'
import { needs } from '../witness.ts'
import {
  type BenchOptions,
  INTERRUPT,
  isRefused,
  openBench,
  pixelsOf,
  REGISTER,
  runImage,
  sendPixels,
  start,
} from './detector-axi-bench.ts'
import { openWithMemory, ROUGH } from './detector-axi-memory.ts'
import { FOLDED, type Network, PLAIN } from './detector-axi-networks.ts'

/** Two pictures, one that is too short, and two addresses: what of it is not as it should be. */
async function findFaults(network: Network, options: BenchOptions): Promise<readonly string[]> {
  const bench = await openBench(network, { stalls: 0.4, ...options })
  await using _ = bench.dut
  const { control, dut } = bench
  const faults: string[] = []
  try {
    for (let value = 0; value < 20; value++) {
      await control.write(REGISTER.first, value)
      if ((await control.read(REGISTER.first)) !== value) faults.push('FIRST')
    }
    await control.write(REGISTER.first, 0)
    for (const seed of [1, 2]) faults.push(...(await runImage(bench, seed)))
    const pixels = pixelsOf(randomImage(network.graph, 3), network).slice(0, 21)
    await sendPixels(
      bench,
      pixels.map((pixel, i) => ({ ...pixel, last: i === 20 ? 1 : 0 })),
    )
    await dut.stream('s_image').flush()
    if (((await control.read(REGISTER.interruptStatus)) & INTERRUPT.image) === 0)
      faults.push('no image error')
    if (!(await isRefused(start(bench)))) faults.push('a run on a short picture')
    if (!(await isRefused(control.write(REGISTER.pc, 1)))) faults.push('a write to PC')
    if (!(await isRefused(control.read(0x54)))) faults.push('a read beyond the last register')
  } catch (error) {
    faults.push((error as Error).message)
  }
  return faults
}

describe('RTL that is broken', () => {
  test('is none of ours', async () => {
    expect(await findFaults(PLAIN, {})).toEqual([])
  })

  test.each([
    {
      what: 'a picture that ends early is one',
      ...{ file: 'image_writer.sv', from: 's_axis_tlast_i != frame_end', to: "1'b0" },
      fault: 'no image error',
    },
    {
      what: 'every row of a picture lies in the first',
      ...{ file: 'image_writer.sv', from: 'row_q <= line1_q;', to: 'row_q <= line_q;' },
      fault: 'stem: ',
    },
    {
      what: 'VALID depends on READY',
      ...{
        file: 'box_sender.sv',
        from: '<= busy_q && !taken;',
        to: '<= busy_q && !taken && m_axis_tready_i;',
      },
      fault: /m_axis_boxes_tvalid_o/,
    },
    {
      what: 'a beat changes while it waits',
      ...{ file: 'box_sender.sv', from: 'else if (!m_axis_tvalid_o) begin', to: 'else begin' },
      fault: /m_axis_boxes_/,
    },
    {
      what: 'a response comes and goes',
      ...{
        file: 'detector_registers.sv',
        from: 'else if (s_axil_bready_i) s_axil_bvalid_o',
        to: 'else s_axil_bvalid_o',
      },
      fault: /s_axil_bvalid_o/,
    },
    {
      what: 'the data of a read come and go',
      ...{ file: 'detector_registers.sv', from: 'else if (s_axil_rready_i)', to: 'else' },
      fault: /s_axil_rvalid_o/,
    },
    {
      what: 'every address is a register',
      ...{ file: 'detector_registers.sv', from: '&& (read_word < Words || is_base);', to: ';' },
      fault: 'a read beyond the last register',
    },
    {
      what: 'a write to what is only read is answered with OKAY',
      ...{ file: 'detector_registers.sv', from: 'is_refused ? SubordinateError : Okay', to: 'Okay' },
      fault: 'a run on a short picture',
    },
  ])('$what', async ({ fault, ...change }) => {
    const faults = (await findFaults(PLAIN, { sources: await breakRtl([change]) })).join('; ')
    expect(faults).toMatch(fault)
  })
})
needs('iverilog', 'Icarus Verilog', () => {
  test('does as Verilator does, with four states', async () => {
    expect(await findFaults(FOLDED, { simulator: 'icarus' })).toEqual([])
    const bench = await openWithMemory(PLAIN, 64, ROUGH, { simulator: 'icarus' })
    await using _ = bench.dut
    for (const seed of [1, 2]) expect(await runImage(bench, seed)).toEqual([])
  })

  test.each([0, 1])('warns of nothing in the modules of the bus (WeightsFromMemory %i)', async (memory) => {
    const output = join(await mkdtemp(join(tmpdir(), 'assay-axi-')), 'a.vvp')
    const choice = `-Pdetector_axi.WeightsFromMemory=${memory}`
    const words = ['-g2012', '-Wall', '-s', 'detector_axi', choice, '-o', output, ...(await readSourceList())]
    const { stderr } = await execa('iverilog', words)
    const own = stderr
      .split('\n')
      // Assertions are not for synthesis.
      .filter((line) => !line.includes('System task'))
      .filter((line) => /_axi|registers|image_writer|box_sender|run_control|weight_cache/.test(line))
    expect(own).toEqual([])
  })
})

needs('yosys', 'Yosys', () => {
  test.each([
    { what: 'a pixel a word', network: PLAIN, memory: 0 },
    { what: '2x2 pixels a word', network: FOLDED, memory: 0 },
    { what: 'weights from a memory', network: PLAIN, memory: 1 },
  ])('elaborates it without a complaint: $what', async ({ network, memory }) => {
    const { inputLanes: lanes, pixels } = network.engine
    const small = `-set PI ${lanes} -set PO ${lanes} -set PX ${pixels} -set FeatureDepth 512 -set WeightDepth 256 -set WeightsFromMemory ${memory}`
    const read = `read_verilog -sv -DSYNTHESIS ${(await readSourceList()).join(' ')}`
    const elaborate = `chparam ${small} detector_axi; hierarchy -check -top detector_axi; proc; check -assert`
    const { stderr } = await execa('yosys', ['-q', '-p', `${read}; ${elaborate}`])
    expect(stderr).toBe('')
  })
})
