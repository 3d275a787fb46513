/** Every reader of files from elsewhere, with valid files to damage. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { parseNames } from '../../src/artefacts/names.ts'
import { readNpy, writeNpy } from '../../src/artefacts/npy.ts'
import { readSafetensors, writeSafetensors } from '../../src/artefacts/safetensors.ts'
import { ArtefactError } from '../../src/artefacts/tensor.ts'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { toFloat32 } from '../../src/checkpoint/tensor.ts'
import { openZip } from '../../src/checkpoint/zip.ts'
import { readConfig } from '../../src/cli/options/config-file.ts'
import { MODEL_OPTIONS } from '../../src/cli/options/shared.ts'
import { buildGraph } from '../../src/graph/build-graph.ts'
import { fuse } from '../../src/graph/fuse.ts'
import { decodeImage, readImageSize } from '../../src/image/decode.ts'
import { InputError } from '../../src/input/input-error.ts'
import { parseStrictJson } from '../../src/input/strict-json.ts'
import { manifestPath, readManifest } from '../../src/pipeline/farm/manifest.ts'
import { parseFrozenIndex } from '../../src/pipeline/golden/frozen-index.ts'
import { decodeRecord, encodeRecord } from '../../src/pipeline/validate/cache.ts'
import { readIntegerGraph, writeIntegerGraph } from '../../src/quantise/integer-file.ts'
import { parseOverrides } from '../../src/quantise/overrides.ts'
import { renderSummary } from '../../src/report/github.ts'
import { renderJunit } from '../../src/report/junit.ts'
import { renderSimResult } from '../../src/report/terminal.ts'
import { mergeShards } from '../../src/result/merge.ts'
import { planIdentity } from '../../src/result/plan-identity.ts'
import { parseReport, parseResult, renderReport } from '../../src/result/report-file.ts'
import { ROM_FORMATS } from '../../src/rom/formats/formats.ts'
import { packRom, RomFormatError } from '../../src/rom/formats/types.ts'
import { parsePortsJson } from '../../src/simulate/build/port-json.ts'
import { parsePortsXml } from '../../src/simulate/build/port-xml.ts'
import { parseCoco, parseCocoDetections } from '../../src/validate/coco.ts'
import { readVoc } from '../../src/validate/voc.ts'
import { readYolo } from '../../src/validate/yolo.ts'
import { writeSynthetic } from '../checkpoint/synthetic.ts'
import { describeModule } from '../checkpoint/synthetic-modules.ts'
import { describeTensor, writePickle } from '../checkpoint/write-pickle.ts'
import { writeZip } from '../checkpoint/write-zip.ts'
import { writeBmp } from '../image/write-bmp.ts'
import { HEAD, makeLayer, makeReport, PLAN } from '../report/shard-reports.ts'
import type { Target } from './fuzz.ts'

const isInputError = (error: unknown): boolean => error instanceof InputError
const isArtefactError = (error: unknown): boolean => error instanceof ArtefactError
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const text = (value: string): Uint8Array => Buffer.from(value)
const json = (value: unknown): Uint8Array => text(JSON.stringify(value))

/** Readers of folders get one of their own, deep enough that `..` stays in it. */
function makeFolder(...folders: readonly string[]): string {
  const root = join(mkdtempSync(join(tmpdir(), 'assay-fuzz-')), 'a/b/c/d')
  for (const folder of ['.', ...folders]) mkdirSync(join(root, folder), { recursive: true })
  return root
}

export async function listTargets(): Promise<readonly Target[]> {
  return [
    ...checkpointTargets(),
    await graphTarget(),
    ...artefactTargets(),
    ...modelTargets(),
    ...(await imageTargets()),
    ...(await datasetTargets()),
    ...romTargets(),
    ...optionTargets(),
    ...portTargets(),
    ...reportTargets(),
  ]
}

function describeCheckpoint(): Uint8Array {
  const tensor = describeTensor({ key: '0', shape: [2, 3] })
  const conv = describeModule(['torch.nn.modules.conv', 'Conv2d'], [['stride', { tuple: [1, 1] }]], {
    parameters: [
      ['weight', tensor],
      ['bias', null],
    ],
    buffers: [['running_mean', describeTensor({ key: '1', shape: [3] })]],
  })
  const list = describeModule(['torch.nn.modules.container', 'Sequential'], [], {
    modules: [
      ['0', conv],
      ['1', conv],
    ],
  })
  const root = describeModule(
    ['ultralytics.nn.tasks', 'DetectionModel'],
    [
      [
        'names',
        {
          dict: [
            [0, 'a'],
            [1, 'b'],
          ],
        },
      ],
      [
        'yaml',
        {
          dict: [
            ['nc', 2],
            ['backbone', [[-1, 1, 'Conv', [64, 3, 2]]]],
          ],
        },
      ],
    ],
    { modules: [['model', list]] },
  )
  return writePickle({
    dict: [
      ['epoch', 3],
      ['model', root],
      ['train_args', { dict: [['imgsz', 640]] }],
    ],
  })
}

function checkpointTargets(): readonly Target[] {
  const pickle = describeCheckpoint()
  const data = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)
  const pack = (bytes: Uint8Array, deflate = false) =>
    writeZip([
      { name: 'a/data.pkl', data: bytes, deflate },
      { name: 'a/byteorder', data: text('little') },
      { name: 'a/data/0', data, deflate },
      { name: 'a/data/1', data: data.subarray(0, 12) },
    ])
  const read = async (bytes: Uint8Array): Promise<unknown> => {
    const { state } = await readCheckpoint(bytes, 'x.pt')
    return [...state].map(([name, tensor]) => toFloat32(tensor, name))
  }
  const words = [
    'ccollections\nOrderedDict\n',
    'c__builtin__\nset\n',
    'ctorch._utils\n_rebuild_tensor_v2\n',
    '(',
    't',
    'R',
    'b',
    '}',
    ']',
    'q\0',
    'h\0',
    '2',
    'u',
    's',
    'e',
    'a',
    'Q',
    '.',
    '\x81',
    '\x85',
    '\x8f\x90',
  ]
  return [
    {
      name: 'checkpoint-zip',
      seeds: [pack(pickle), pack(pickle, true)],
      words: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'a/data/0'],
      read,
      refuses: isInputError,
    },
    {
      name: 'checkpoint-pickle',
      seeds: [pickle],
      words,
      read: (bytes) => read(pack(bytes)),
      refuses: isInputError,
    },
  ]
}

/** The network of a whole detector, layer by layer: slow, so that few damaged ones are read. */
async function graphTarget(): Promise<Target> {
  const file = writeSynthetic({ depth: 0.1, width: 0.05 })
  const zip = await openZip(file, 'x.pt')
  const storages = zip.names
    .filter((name) => /data\/\d+$/.test(name))
    .map((name) => ({ name, data: zip.read(name)! }))
  return {
    name: 'checkpoint-graph',
    seeds: [zip.read('made/data.pkl')!],
    words: ['K\0', 'K\xff', 'J\xff\xff\xff\x7f', 'M\0\x10', 'N', '\x88', 'Upsample', 'stride', 'kernel_size'],
    weight: 0.3,
    read: async (bytes) => {
      const checkpoint = await readCheckpoint(
        writeZip([{ name: 'made/data.pkl', data: bytes }, ...storages]),
        'x.pt',
      )
      return fuse(buildGraph(checkpoint, { height: 64, width: 64 }))
    },
    refuses: isInputError,
  }
}

function artefactTargets(): readonly Target[] {
  const tensors = [
    Float32Array.of(1, 2, 3, 4),
    BigInt64Array.of(1n, 2n, 3n, 4n),
    Uint8Array.of(1, 2, 3, 4),
  ].map((data) => ({ shape: [2, 2], data }))
  const file = writeSafetensors({
    tensors: new Map(tensors.map((tensor, i) => [`t${i}`, tensor])),
    metadata: new Map([['format', 'np']]),
  })
  const headerEnd = 8 + Number(Buffer.from(file).readBigUInt64LE())
  const withHeader = (header: Uint8Array): Uint8Array => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    return Buffer.concat([length, header, file.subarray(headerEnd)])
  }
  return [
    {
      name: 'npy',
      seeds: tensors.map(writeNpy),
      words: ["'descr'", '(99999999999,)', 'True', '>f8', '|O'],
      read: readNpy,
      refuses: isArtefactError,
    },
    {
      name: 'safetensors',
      seeds: [file],
      words: ['"data_offsets"', '[0,99999999]', '"F64"'],
      read: readSafetensors,
      refuses: isArtefactError,
    },
    {
      name: 'safetensors-header',
      seeds: [file.subarray(8, headerEnd)],
      isJson: true,
      read: (bytes) => readSafetensors(withHeader(bytes)),
      refuses: isArtefactError,
    },
  ]
}

/** Null is how this reader refuses. */
const refuseRecord = (): never => {
  throw new InputError('is none', 'record')
}

const quant = { scale: 1 / 255, zeroPoint: 3, bits: 8 }

function modelTargets(): readonly Target[] {
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
  const file = writeIntegerGraph({
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
    head: { expTable: Uint16Array.of(65535, 1), sigmoidTable: Uint16Array.of(0, 65535) },
    aliases: new Map([['model.2', 'box']]),
    weightBits: 8,
    activationBits: 8,
  })
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
  const record = {
    boxes: [Float32Array.of(1, 2, 3, 4, 0.5, 0)],
    overflow: false,
    mismatch: null,
    cycles: 9,
    seconds: 1,
  }
  return [
    {
      name: 'integer-graph',
      seeds: [file],
      read: (bytes) => readIntegerGraph(bytes, 'model.assay'),
      refuses: isInputError,
    },
    {
      name: 'integer-graph-header',
      seeds: [file.subarray(8, 8 + length)],
      isJson: true,
      words: ['"$array"', '"$map"', '"__proto__"'],
      read: (bytes) => readIntegerGraph(withHeader(bytes), 'model.assay'),
      refuses: isInputError,
    },
    {
      name: 'frozen-index',
      seeds: [json(frozen), json({ ...frozen, boxes: null })],
      isJson: true,
      read: (bytes) => parseFrozenIndex(utf8(bytes), 'frozen.json'),
      refuses: isInputError,
    },
    {
      name: 'finished-image',
      seeds: [encodeRecord(record)],
      read: (bytes) => decodeRecord(bytes) ?? refuseRecord(),
      refuses: isInputError,
    },
  ]
}

async function imageTargets(): Promise<readonly Target[]> {
  const image = {
    width: 12,
    height: 9,
    data: Uint8Array.from({ length: 12 * 9 * 3 }, (_, i) => (i * 37) & 0xc0),
  }
  const raw = sharp(image.data, { raw: { width: 12, height: 9, channels: 3 } })
  const files = await Promise.all(
    (['png', 'jpeg', 'webp', 'tiff', 'gif'] as const).map((format) =>
      raw.clone().toFormat(format).toBuffer(),
    ),
  )
  const bitmaps = ([1, 4, 8, 16, 24, 32] as const)
    .filter((bits) => bits >= 8)
    .map((bits) => writeBmp(image, { bits }))
  bitmaps.push(writeBmp(image, { bits: 32, header: 124, masks: [0xff0000, 0xff00, 0xff], topDown: true }))
  const path = join(makeFolder(), 'x.png')
  return [
    {
      name: 'image',
      seeds: files,
      words: ['IHDR', 'IDAT', 'IEND', 'RIFF', '\xff\xd8', '\xff\xda', 'Exif'],
      read: (bytes) => decodeImage(bytes, { name: 'x' }),
      refuses: isInputError,
    },
    {
      name: 'bitmap',
      seeds: bitmaps,
      words: ['BM'],
      read: (bytes) => decodeImage(bytes, { name: 'x' }),
      refuses: isInputError,
    },
    {
      name: 'image-size',
      seeds: [...files, ...bitmaps],
      read: (bytes) => {
        writeFileSync(path, bytes)
        return readImageSize(path)
      },
      refuses: isInputError,
    },
  ]
}

async function datasetTargets(): Promise<readonly Target[]> {
  const coco = {
    images: [
      { id: 1, file_name: 'a.jpg', width: 10, height: 10 },
      { id: 2, file_name: 'b.jpg' },
    ],
    categories: [
      { id: 1, name: 'a' },
      { id: 7, name: 'b' },
    ],
    annotations: [{ id: 1, image_id: 1, category_id: 7, bbox: [1, 2, 3, 4], area: 12, iscrowd: 0 }],
  }
  const dataset = parseCoco(coco, 'x.json', 'images')
  const parse = (bytes: Uint8Array): unknown => JSON.parse(utf8(bytes))
  const isRefused = (error: unknown): boolean => isInputError(error) || error instanceof SyntaxError
  const png = await sharp(new Uint8Array(300).fill(9), { raw: { width: 10, height: 10, channels: 3 } })
    .png()
    .toBuffer()
  const voc = makeFolder('Annotations', 'JPEGImages')
  const xml = `<annotation><filename>x.jpg</filename><size><width>10</width><height>9</height></size>
    <object><name>a</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></object></annotation>`
  const yolo = makeFolder('images', 'labels')
  writeFileSync(join(yolo, 'images/x.png'), png)
  const labels = makeFolder('images', 'labels')
  writeFileSync(join(labels, 'images/x.png'), png)
  writeFileSync(join(labels, 'data.yaml'), 'val: images\nnames: [a, b]')
  const write = (path: string, bytes: Uint8Array, read: () => unknown): unknown => {
    writeFileSync(path, bytes)
    return read()
  }
  return [
    {
      name: 'coco',
      seeds: [json(coco)],
      isJson: true,
      read: (bytes) => parseCoco(parse(bytes), 'x.json', 'images'),
      refuses: isRefused,
    },
    {
      name: 'coco-detections',
      seeds: [json([{ image_id: 1, category_id: 7, bbox: [1, 2, 3, 4], score: 0.5 }])],
      isJson: true,
      read: (bytes) => parseCocoDetections(parse(bytes), dataset, 'x.json'),
      refuses: isRefused,
    },
    {
      name: 'voc',
      seeds: [text(xml)],
      words: [
        '<object>',
        '</object>',
        '<a>'.repeat(200),
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '&a;',
        '<![CDATA[',
        '<?xml',
        '-1',
        '1e999',
      ],
      read: (bytes) => write(join(voc, 'Annotations/x.xml'), bytes, () => readVoc(voc)),
      refuses: isInputError,
    },
    {
      name: 'yolo-yaml',
      seeds: [
        text('path: .\nval: images\nnc: 2\nnames:\n  0: a\n  1: b\n'),
        text('val: [images]\nnames: [a, b]\n'),
      ],
      words: [
        '&a [',
        '*a',
        '- ',
        '? ',
        '!!js/function',
        '{',
        '[',
        '[['.repeat(3000),
        '<<: ',
        '...',
        '---\n',
        '\t',
      ],
      read: (bytes) => write(join(yolo, 'data.yaml'), bytes, () => readYolo(join(yolo, 'data.yaml'))),
      refuses: isInputError,
    },
    {
      name: 'yolo-labels',
      seeds: [text('0 0.5 0.5 0.1 0.1\n1 0.1 0.1 0.2 0.2 0.3 0.3\n')],
      words: ['nan', '1e999', '-1 ', '0x10', '\r\n', ' 0.1'.repeat(1000)],
      read: (bytes) => write(join(labels, 'labels/x.txt'), bytes, () => readYolo(join(labels, 'data.yaml'))),
      refuses: isInputError,
    },
  ]
}

function romTargets(): readonly Target[] {
  const roms = [packRom('rom', 12, [1n, 2n, 4095n, 4095n, 4095n, 0n]), packRom('rom', 64, [2n ** 63n, 5n])]
  return Object.values(ROM_FORMATS).flatMap(({ id, write, parse }) =>
    roms.map(
      (rom): Target => ({
        name: `rom-${id}-${rom.width}`,
        seeds: [write(rom)],
        words: [
          '@ffffffff',
          'DEPTH=99999999999;',
          'WIDTH=0;',
          '[0..4294967295]:',
          '/*',
          '*/',
          '//',
          '--',
          '%',
          "'h",
          ':00000001FF',
          ':0200000',
          'END;',
          'x',
          'z',
          '_',
        ],
        read: (bytes) => parse(bytes, rom),
        refuses: (error) => error instanceof RomFormatError,
      }),
    ),
  )
}

function optionTargets(): readonly Target[] {
  const config = join(makeFolder(), 'assay.json')
  return [
    {
      name: 'strict-json',
      seeds: [json({ a: [1, { b: 'x"\\' }], 'c\n': null })],
      isJson: true,
      words: ['"a"', ':', '\\u0061', '{"a":'],
      read: (bytes) => parseStrictJson(utf8(bytes), 'x.json'),
      refuses: isInputError,
    },
    {
      name: 'names',
      seeds: [json({ 'model.0': 'stem', 'model.2': 'c2f' })],
      isJson: true,
      read: (bytes) => parseNames(utf8(bytes), 'names.json'),
      refuses: isInputError,
    },
    {
      name: 'overrides',
      seeds: [json({ 'model.0': { weightBits: 8, observer: 'max' } })],
      isJson: true,
      read: (bytes) => parseOverrides(parseStrictJson(utf8(bytes), 'x.json'), 'x.json'),
      refuses: isInputError,
    },
    {
      name: 'options-file',
      seeds: [json({ model: 'x.pt', 'weight-bits': 4, overrides: { 'model.0': { weightBits: 8 } } })],
      isJson: true,
      read: (bytes) => {
        writeFileSync(config, bytes)
        return readConfig(config, MODEL_OPTIONS)
      },
      refuses: isInputError,
    },
  ]
}

/** Results as files: what the reader lets through must not fail where it is shown and joined, either. */
function reportTargets(): readonly Target[] {
  const shard = makeReport(1, [makeLayer('a'), makeLayer('b', 3)]).result
  const { head, plan } = { head: HEAD, plan: PLAN }
  const manifest = {
    format: 'assay shards',
    version: 2,
    identity: planIdentity(head, plan),
    count: plan.count,
  }
  const folder = makeFolder()
  return [
    {
      name: 'report',
      seeds: [text(renderReport(shard))],
      isJson: true,
      read: (bytes) => {
        const report = parseReport(utf8(bytes), 'report.json')
        return [renderSimResult(report, (_, line) => line), renderJunit(report), renderSummary(report)]
      },
      refuses: isInputError,
    },
    {
      name: 'shard-report',
      seeds: [json(shard)],
      isJson: true,
      read: (bytes) => mergeShards([{ path: 'sim.json', result: parseResult(utf8(bytes), 'sim.json') }]),
      refuses: isInputError,
    },
    {
      name: 'shard-manifest',
      seeds: [
        json({ ...manifest, shards: ['1/2'], arguments: [], workingFolder: '.', planned: { head, plan } }),
      ],
      isJson: true,
      read: (bytes) => {
        writeFileSync(manifestPath(folder), bytes)
        return readManifest(folder)
      },
      refuses: isInputError,
    },
  ]
}

/** What Verilator writes; a reader of it may throw plain errors, but none of the program's own faults. */
function portTargets(): readonly Target[] {
  const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../simulate/fixtures', name))
  const refuses = (error: unknown): boolean =>
    error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError)
  return [
    {
      name: 'ports-xml',
      seeds: [fixture('port_zoo.5.006.xml')],
      words: ['<var ', '/>', 'dtype_id="1"', '<a>'.repeat(200)],
      read: (bytes) => parsePortsXml(utf8(bytes), 'port_zoo'),
      refuses,
    },
    {
      name: 'ports-json',
      seeds: [fixture('port_zoo.5.051.tree')],
      isJson: true,
      read: (bytes) => parsePortsJson(utf8(bytes), 'port_zoo'),
      refuses,
    },
  ]
}
