/** A network of a few hundred operations with every operator in it, and what a run of it has before its first cycle. */
import { runHead } from '../../src/golden/head.ts'
import { makeHeadTables } from '../../src/golden/head-tables.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerGraph } from '../../src/golden/types.ts'
import type { SimulationBench } from '../../src/pipeline/bench/bench.ts'
import type { SimulationOptions } from '../../src/pipeline/bench/options.ts'
import { chooseNms } from '../../src/pipeline/model/engine-choice.ts'
import { writeIntegerGraph } from '../../src/quantise/integer-file.ts'
import { emitRoms, ROM_NAMES } from '../../src/rom/emit.ts'
import { sha256 } from '../../src/store/hash.ts'
import { RandomGraphMaker, type RandomGraphOptions, randomImage } from '../golden/random-graph.ts'
import { layersOf, type OwnOptions, SMALL_ENGINE } from './prepared.ts'

/**
 * Every operator, a concat that needs a copy, and a head of two levels.
 *
 * @param own W, and A of single tensors: 8 unless told. `split`, `shortcut` and `neck` have one scale.
 */
export function makeSmallGraph(
  tableBits = 8,
  own: Pick<RandomGraphOptions, 'weightBits' | 'activationBits' | 'bitsOf'> = {},
): IntegerGraph {
  const maker = new RandomGraphMaker({ seed: 4, shape: [3, 16, 16], tableBits, ...own })
  const { bitsOf = () => 8 } = own
  const middle = (name: string): number => 2 ** (bitsOf(name) - 1)
  maker.conv('stem', 'images', { channels: 9, kernel: 3, stride: 2 })
  const split = maker.conv('split', 'stem', { channels: 14 })
  const half = maker.slice('chunk', split, 7, 7)
  maker.conv('cv1', half, { channels: 7, kernel: 3 })
  const sum = maker.add('shortcut', half, 'cv1', maker.zeroPoint(split))
  maker.concat('c2f', [split, sum])
  const pool = maker.maxPool('pool', maker.conv('deep', 'c2f', { channels: 11, kernel: 3, stride: 2 }))
  maker.concat('sppf', ['deep', pool])
  const up = maker.upsample(
    'up',
    maker.conv('neck', 'sppf', { channels: 6, zeroPoint: maker.zeroPoint(split) }),
  )
  maker.concat('route', [up, split])
  const levels = ['route', 'sppf'].map((from, index) => ({
    stride: 8 << index,
    box: maker.conv(`box${index}`, from, { channels: 64, table: false, zeroPoint: middle('box0') }),
    cls: maker.conv(`cls${index}`, from, { channels: 5, table: false, zeroPoint: middle('cls0') }),
  }))
  const graph = maker.graph(levels)
  const quant = (name: string) => ({ scale: 0.09, zeroPoint: middle(name), bits: bitsOf(name) })
  // Of real weights, about every fiftieth channel has sums that tie; of even multipliers nearly every one.
  const even = (node: IntegerGraph['nodes'][number]) =>
    node.op === 'conv' ? { ...node, multiplier: node.multiplier.map((m) => m & 0xff00) } : node
  return {
    ...graph,
    nodes: graph.nodes.map(even),
    detect: { ...graph.detect, classes: ['a', 'b', 'c', 'd', 'e'] },
    head: makeHeadTables(quant('box0'), quant('cls0')),
  }
}

const graph = makeSmallGraph(SMALL_ENGINE.tableBits)
const codes = randomImage(graph, 1)
/** What is kept from earlier runs is of this network, as a real model's is. */
const modelHash = sha256(writeIntegerGraph(graph))
const image = { path: 'small.png', bytes: Uint8Array.of(1, 2, 3), letterboxed: null, codes }

/** All its layers, one by one, on a random image. */
export const smallOptions = (own: OwnOptions = {}): SimulationOptions =>
  layersOf(
    { name: 'small.pt', hash: modelHash, id: 0x1234abcd, graph },
    { imagePath: image.path, image },
    own,
  )

/** As `prepareSimulation` makes it, but for a built model: for what never simulates. */
export function makeBench(own: OwnOptions = {}): SimulationBench {
  const options = smallOptions(own)
  const { engine } = options.rtl
  const nms = chooseNms(graph, engine, options.rtl.nms)
  const roms = emitRoms(graph, engine, options.model.id, nms)
  const golden = runSpec(graph, codes)
  const { inputLanes, outputLanes, pixels, weightBits, activationBits, tableBits } = engine
  const widths = { inputLanes, outputLanes, pixels, weightBits, activationBits, tableBits }
  const plusargs = Object.fromEntries(ROM_NAMES.map((name) => [name, `/roms/${name}.mem`]))
  return {
    ...options,
    graph,
    roms,
    chosen: own.choose?.(roms.steps.map(({ name }) => name)) ?? roms.steps.map((_, pc) => pc),
    image,
    golden,
    tallies: new Map(),
    expectedBoxes: runHead(graph, golden, nms),
    simulation: { top: 'detector', sources: ['detector.sv'], plusargs },
    romsReadFrom: '/roms',
    buildKey: 'b'.repeat(40),
    buildInputs: [],
    buildSeconds: 1,
    warnings: [],
    record: {
      ...{ assay: '1', node: 'v20', platform: 'linux', verilator: '5', compiler: 'g++' },
      ...{ rtlHash: 'c'.repeat(64), imageHash: 'd'.repeat(64), engine: widths },
      startedAt: '2026-01-01T00:00:00.000Z',
    },
  }
}
