import { describe, expect, test } from 'vitest'
import { compareTensors } from '../../src/diff/compare.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerGraph } from '../../src/golden/types.ts'
import { disassemble } from '../../src/rom/disassemble.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { packTensor, type TapWords, unpackTensor } from '../../src/rom/pack.ts'
import { DEFAULT_ENGINE, type EngineParameters } from '../../src/rom/parameters.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { Interpreter } from './interpreter.ts'

const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }

/** Loads the image, runs the whole program chained, and gives back the writes of every step. */
function interpret(graph: IntegerGraph, engine: EngineParameters, seed: number) {
  const image = randomImage(graph, seed)
  const roms = emitRoms(graph, engine, 0x1234abcd, nms)
  const machine = new Interpreter(roms)
  const place = roms.placements.get('images')!
  const beats = packTensor(image, place, engine)
  const view = new DataView(beats.buffer)
  const bytes = Math.ceil((engine.inputLanes * engine.activationBits) / 8)
  for (let at = 0; at < beats.length; at += 4 + bytes) {
    const address = view.getUint32(at, true)
    let word = 0n
    for (let i = bytes - 1; i >= 0; i--) word = (word << 8n) | BigInt(beats[at + 4 + i]!)
    for (let lane = 0; lane < engine.inputLanes; lane++) {
      const code = (word >> BigInt(lane * engine.activationBits)) & BigInt(2 ** engine.activationBits - 1)
      machine.memory[address * engine.inputLanes + lane] = Number(code)
    }
  }
  const golden = runSpec(graph, image)
  return { roms, machine, golden, bytes }
}

function toTapWords(machine: Interpreter, pc: number, engine: EngineParameters, bytes: number): TapWords {
  const own = machine.writes.filter((write) => write.pc === pc)
  const data = new Uint8Array(own.length * bytes)
  own.forEach((write, index) => {
    let word = 0n
    write.lanes.forEach((code, lane) => {
      word |= BigInt(code) << BigInt(lane * engine.activationBits)
    })
    for (let i = 0; i < bytes; i++, word >>= 8n) data[index * bytes + i] = Number(word & 0xffn)
  })
  return {
    addresses: Uint32Array.from(own, (write) => write.address),
    data,
    starts: Uint32Array.from(own, (_, index) => index * bytes),
    cycles: Float64Array.from(own, (_, index) => index),
  }
}

const engines: readonly { because: string; engine: Partial<EngineParameters> }[] = [
  { because: 'the default array', engine: {} },
  { because: 'one lane, one pixel', engine: { inputLanes: 1, outputLanes: 1, pixels: 1 } },
  { because: 'three input lanes, six output lanes', engine: { inputLanes: 3, outputLanes: 6, pixels: 2 } },
  {
    because: 'few bits',
    engine: { inputLanes: 4, outputLanes: 8, pixels: 4, weightBits: 3, activationBits: 5, tableBits: 7 },
  },
]

describe('emitRoms', () => {
  test.each(engines)(
    'a program interpreted from its ROMs computes what the spec says: $because',
    ({ engine: own }) => {
      const engine = { ...DEFAULT_ENGINE, ...own }
      const graph = randomGraph({
        seed: 5,
        weightBits: engine.weightBits,
        activationBits: engine.activationBits,
        tableBits: engine.tableBits,
      })
      const { roms, machine, golden, bytes } = interpret(graph, engine, 6)
      for (const pc of roms.steps.keys()) machine.run(pc)
      expect(roms.steps.length).toBeGreaterThan(12)
      for (const [pc, { name, writes, place }] of roms.steps.entries()) {
        const expected = golden.get(writes!)!
        const { shape } = graph.nodes.find((node) => node.name === writes)!
        const words = toTapWords(machine, pc, engine, bytes)
        const { codes, stray, repeated } = unpackTensor(words, expected.length, place!, engine)
        expect(compareTensors(expected, codes, shape), name).toMatchObject({ mismatches: 0 })
        expect([stray, repeated], name).toEqual([0, 0])
      }
    },
  )

  test('space-to-depth takes a quarter of the rows and the same products', () => {
    const graph = randomGraph({ seed: 9, shape: [3, 32, 32] })
    const wide = emitRoms(graph, DEFAULT_ENGINE, 1, nms)
    const narrow = emitRoms(graph, { ...DEFAULT_ENGINE, inputLanes: 8, outputLanes: 8 }, 1, nms)
    expect(wide.placements.get('images')).toMatchObject({ width: 16, height: 16, spaceToDepth: true })
    expect(narrow.placements.get('images')).toMatchObject({ width: 32, height: 32, spaceToDepth: false })
    expect(wide.steps[0]!.macs).toBe(narrow.steps[0]!.macs)
  })

  test('a program reads as text', () => {
    const roms = emitRoms(randomGraph({ seed: 9 }), DEFAULT_ENGINE, 1, nms)
    const [first, ...others] = roms.steps.map((step) => disassemble(step.instruction))
    // Indented by five in `assay roms --disassemble`, on terminals of 80 columns.
    for (const line of others.flat()) expect(line.length).toBeLessThanOrEqual(75)
    expect(first![0]).toMatch(/^k\d s\d p1=\d+ z=\d+ n=\d+ w@0 b@\d table@0$/)
    expect(first![1]).toMatch(/^1x\d+x\d+ @\d+\+\d+c\+\d+y -> 1x\d+x\d+ @\d+\+\d+c\+\d+y$/)
  })

  test.each([
    {
      because: 'PO is no multiple of PI',
      engine: { inputLanes: 16, outputLanes: 24 },
      message: /PO must be a multiple of PI \(16\), got 24/,
    },
    { because: 'PX is no power of two', engine: { pixels: 3 }, message: /PX must be/ },
    {
      because: 'fewer activation bits',
      engine: { activationBits: 6 },
      message: /images has activations of 8 bits, the engine 6/,
    },
    { because: 'fewer weight bits', engine: { weightBits: 4 }, message: /weights of 8 bits, the engine 4/ },
  ])('refused: $because', ({ engine, message }) => {
    expect(() => emitRoms(randomGraph({ seed: 1 }), { ...DEFAULT_ENGINE, ...engine }, 1, nms)).toThrow(
      message,
    )
  })
})
