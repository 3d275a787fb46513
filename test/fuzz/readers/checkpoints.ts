/** Readers of checkpoints: the archive, the pickle in it, the network that it describes. */
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint.ts'
import { toFloat32 } from '../../../src/checkpoint/tensor.ts'
import { openZip } from '../../../src/checkpoint/zip.ts'
import { buildGraph } from '../../../src/graph/build-graph.ts'
import { fuse } from '../../../src/graph/fuse.ts'
import { writeSynthetic } from '../../checkpoint/synthetic.ts'
import { describeModule } from '../../checkpoint/synthetic-modules.ts'
import { describeTensor, writePickle } from '../../checkpoint/write-pickle.ts'
import { writeZip } from '../../checkpoint/write-zip.ts'
import { text } from '../files.ts'
import type { Reader } from '../fuzz.ts'

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

export function checkpointReaders(): readonly Reader[] {
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
      file: 'x.pt',
      seeds: [pack(pickle), pack(pickle, true)],
      words: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'a/data/0'],
      read,
    },
    {
      name: 'checkpoint-pickle',
      file: 'x.pt',
      seeds: [pickle],
      words,
      read: (bytes) => read(pack(bytes)),
    },
  ]
}

/** The network of a whole detector, layer by layer: slow, so that few damaged ones are read. */
export async function graphReader(): Promise<Reader> {
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
  }
}
