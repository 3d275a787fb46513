import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { detectSpec } from '../../src/golden/head-spec.ts'
import { simulate } from '../../src/simulate/index.ts'
import { type HeadVector, makeHeadVector } from '../golden/head-vectors.ts'
import { needs } from '../witness.ts'
import {
  benchOptions,
  boundCycles,
  detectHeadSources,
  type HeadParameters,
  type HeadPorts,
  loadBytes,
  loadHead,
  readBox,
  runHead,
} from './detect-head-bench.ts'

const rtl = detectHeadSources.filter((file) => file.startsWith('rtl/'))

const parameters: HeadParameters = { PI: 5, PX: 2, Capacity: 40, MaxDetections: 12 }
const vectors = [false, true].map((multiLabel) =>
  makeHeadVector({
    seed: 31,
    levels: [
      [8, 4, 5],
      [16, 2, 3],
    ],
    classes: 11,
    regMax: 16,
    bits: 6,
    options: { multiLabel, minCode: 40, capacity: 40, maxDetections: 12, iouThreshold: 500 },
  }),
)

/** Words of `$readmemh`: the beats, the most significant byte (what) first. */
function formatLoads(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += loadBytes) {
    const [what, addr, data] = [
      bytes.slice(at, at + 1),
      bytes.slice(at + 1, at + 5),
      bytes.slice(at + 5, at + 37),
    ]
    lines.push(Buffer.from([...what, ...addr.reverse(), ...data.reverse()]).toString('hex'))
  }
  return `${lines.join('\n')}\n`
}

async function runIcarus(folder: string, vector: HeadVector) {
  const loads = loadHead(vector, parameters)
  const [file, program] = [join(folder, 'loads.mem'), join(folder, 'tb.vvp')]
  await writeFile(file, formatLoads(loads))
  const settings = {
    ...parameters,
    ActivationBits: vector.bits,
    Loads: loads.length / loadBytes,
    Limit: boundCycles(vector, parameters.PI),
  }
  const flags = Object.entries(settings).map(([name, value]) => `-Pdetect_head_tb.${name}=${value}`)
  const sources = [...detectHeadSources, 'test/rtl/fixtures/detect_head_tb.sv']
  await execa('iverilog', ['-g2012', '-s', 'detect_head_tb', '-o', program, ...flags, ...sources])
  const { stdout } = await execa('vvp', ['-n', program, `+loads=${file}`], { timeout: 240_000 })
  const [, candidates, overflow, cycles] = /^done (.*)$/m.exec(stdout)![1]!.split(' ').map(Number)
  const boxes = [...stdout.matchAll(/^box (.*)$/gm)].map(([, hex]) => readBox(BigInt(`0x${hex}`)))
  return { result: { boxes, candidates, overflow: overflow === 1 }, cycles }
}

needs('iverilog', 'Icarus', () => {
  test.each(vectors)('gives the boxes of detectSpec, in the cycles of Verilator', async (vector) => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-detect-'))
    try {
      const { result, cycles } = await runIcarus(folder, vector)
      const { geometry, head, boxCodes, classCodes, options } = vector
      expect(result).toEqual(detectSpec(geometry, head, boxCodes, classCodes, options))
      await using dut = await simulate<HeadPorts>(benchOptions(parameters, vector.bits))
      expect(await runHead(dut, vector, parameters)).toEqual({ result, cycles })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

test('the clock gate, which synthesis for FPGAs leaves out, changes nothing', async () => {
  const [vector] = vectors
  const options = benchOptions(parameters, vector!.bits)
  await using gated = await simulate<HeadPorts>(options)
  await using plain = await simulate<HeadPorts>({ ...options, defines: { SYNTHESIS: '' } })
  const expected = await runHead(gated, vector!, parameters)
  expect(await runHead(plain, vector!, parameters)).toEqual(expected)
  // And again, after both have stood still.
  gated.tick(1000)
  expect(await runHead(gated, vector!, parameters)).toEqual(expected)
})

needs('yosys', 'Yosys', () => {
  test('finds memories that a block RAM can be, and no latch', async () => {
    const script = [
      `read_verilog -sv -DSYNTHESIS ${rtl.join(' ')}`,
      'chparam -set PI 4 -set PX 1 detect_head',
      'hierarchy -check -top detect_head',
      'proc; flatten; opt -fast; memory -nomap; opt_clean',
      'check -assert',
      'select -assert-none t:$dlatch t:$adlatch',
      // Five memories, and every read port of them has its register inside.
      'select -assert-count 5 t:$mem_v2',
      "select -assert-count 5 t:$mem_v2 r:RD_CLK_ENABLE=1'1 %i",
      'select -assert-count 5 t:$mem_v2 r:RD_PORTS=1 %i r:WR_PORTS=1 %i',
    ]
    const { exitCode, all } = await execa('yosys', ['-q', '-p', script.join('\n')], {
      all: true,
      reject: false,
    })
    expect(exitCode, all).toBe(0)
  })
})
