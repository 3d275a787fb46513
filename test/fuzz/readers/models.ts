/** Readers of quantised models and frozen sets. */
import { parseFrozenIndex } from '../../../src/pipeline/golden/frozen-index.ts'
import { readIntegerGraph, writeIntegerGraph } from '../../../src/quantise/integer-file.ts'
import { json, utf8 } from '../files.ts'
import type { Reader } from '../fuzz.ts'

const quant = { scale: 1 / 255, zeroPoint: 3, bits: 8 }

const conv = {
  op: 'conv',
  name: 'model.0',
  inputs: ['images'],
  shape: [1, 4, 4],
  quant,
  inChannels: 3,
  kernel: 1,
  stride: 1,
  padding: 0,
  weightBits: 8,
} as const
const arrays = {
  weight: Int8Array.of(-127, 0, 127),
  weightScale: Float64Array.of(0.25),
  bias: Int32Array.of(-70000),
  multiplier: Uint16Array.of(40000),
  shift: Uint8Array.of(20),
}
/** One of every operation. */
export const smallModel = writeIntegerGraph({
  nodes: [
    { op: 'input', name: 'images', shape: [3, 4, 4], quant },
    {
      ...conv,
      ...arrays,
      requantZeroPoint: 2,
      requantBits: 2,
      requantScale: 0.1,
      table: Uint8Array.of(1, 2, 3, 4),
    },
    { op: 'concat', name: 'box', inputs: ['images', 'model.0'], shape: [4, 4, 4], quant },
    { op: 'max-pool', name: 'pool', inputs: ['box'], shape: [4, 4, 4], kernel: 5, quant },
    {
      op: 'add',
      name: 'sum',
      inputs: ['pool', 'box'],
      shape: [4, 4, 4],
      multipliers: [1, 2],
      shift: 3,
      quant,
    },
    { op: 'slice', name: 'cls', inputs: ['sum'], shape: [1, 4, 4], begin: 2, quant },
    { op: 'upsample', name: 'up', inputs: ['cls'], shape: [1, 8, 8], quant },
  ],
  detect: { name: 'model.22', levels: [{ stride: 8, box: 'box', cls: 'cls' }], regMax: 1, classes: ['a'] },
  head: { expTable: new Uint16Array(256).fill(65535), sigmoidTable: new Uint16Array(256).fill(9) },
  aliases: new Map([['model.2', 'box']]),
  weightBits: 8,
  activationBits: 8,
})

export function modelReaders(): readonly Reader[] {
  const file = smallModel
  const length = Number(Buffer.from(file).readBigUInt64LE())
  const arrayArea = file.subarray(Math.ceil((8 + length) / 8) * 8)
  const withHeader = (header: Uint8Array): Uint8Array => {
    const begin = Math.ceil((8 + header.length) / 8) * 8
    const whole = Buffer.alloc(begin + arrayArea.length)
    whole.writeBigUInt64LE(BigInt(header.length))
    whole.set(header, 8)
    whole.set(arrayArea, begin)
    return whole
  }
  const hash = 'a'.repeat(64)
  const box = { x0: 1, y0: 2, x1: 3, y1: 4, classIndex: 0, code: 9, score: 99, anchor: 5 }
  const frozen = {
    ...{
      format: 'assay frozen',
      version: 1,
      model: 'x.pt',
      weightBits: 8,
      activationBits: 8,
      tableBits: 10,
      graph: hash,
    },
    nms: { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
    image: { file: 'x.png', sha256: hash },
    layers: ['images', 'model.0'].map((name) => ({
      name,
      op: name === 'images' ? 'input' : 'conv',
      shape: [1, 2, 3],
      ...quant,
      digest: hash,
      file: `layers/${name}.npy`,
    })),
    boxes: { boxes: [box], candidates: 1, overflow: false },
  }
  return [
    {
      name: 'integer-graph',
      file: 'model.assay: ',
      seeds: [file],
      read: (bytes) => readIntegerGraph(bytes, 'model.assay'),
    },
    {
      name: 'integer-graph-header',
      file: 'model.assay: ',
      seeds: [file.subarray(8, 8 + length)],
      isJson: true,
      words: ['"$array"', '"$map"', '"__proto__"'],
      read: (bytes) => readIntegerGraph(withHeader(bytes), 'model.assay'),
    },
    {
      name: 'frozen-index',
      file: 'frozen.json: ',
      seeds: [json(frozen), json({ ...frozen, boxes: null })],
      isJson: true,
      read: (bytes) => parseFrozenIndex(utf8(bytes), 'frozen.json'),
    },
  ]
}
