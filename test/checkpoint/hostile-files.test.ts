import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { InputError } from '../../src/input/input-error.ts'
import { writeSynthetic } from './synthetic.ts'
import { type Description, describeTensor, writePickle } from './write-pickle.ts'
import { writeZip, type ZipInput } from './write-zip.ts'

const pickled = (value: Description, ...more: ZipInput[]): Uint8Array =>
  writeZip([{ name: 'a/data.pkl', data: writePickle(value) }, ...more])
const called = (module: string, name: string): Uint8Array =>
  pickled({ dict: [['model', { call: { global: [module, name] }, args: ['touch /tmp/pwned'] }]] })
const opcodes = (...codes: number[]): Uint8Array => pickled({ opcodes: codes })
const storage = (data: Uint8Array): ZipInput => ({ name: 'a/data/0', data })
const zeros = (count: number): Uint8Array => new Uint8Array(count)
const whole = writeSynthetic()

const cases: { because: string; bytes: Uint8Array; message: RegExp }[] = [
  { because: 'an empty file', bytes: zeros(0), message: /^x\.pt: the file is empty/ },
  { because: 'a PNG', bytes: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), message: /begins with 89 50 4e 47/ },
  { because: 'a bare pickle', bytes: writePickle({ dict: [] }), message: /as torch wrote before 1\.6/ },
  {
    because: 'a truncated file',
    bytes: whole.subarray(0, whole.length >> 1),
    message: /damaged or cut short/,
  },
  { because: 'one byte short', bytes: whole.subarray(0, whole.length - 1), message: /damaged or cut short/ },
  {
    because: 'the first bytes of a zip alone',
    bytes: Buffer.from('PK\x03\x04'),
    message: /damaged or cut short/,
  },
  {
    because: 'a zip of something else',
    bytes: writeZip([{ name: 'a.txt', data: zeros(9) }]),
    message: /one data\.pkl, got 0/,
  },
  {
    because: 'two pickles',
    bytes: writeZip(['a', 'b'].map((p) => ({ name: `${p}/data.pkl`, data: zeros(1) }))),
    message: /one data\.pkl, got 2/,
  },
  {
    because: 'two entries of one name',
    bytes: writeZip(['a', 'a'].map((p) => ({ name: `${p}/data.pkl`, data: zeros(1) }))),
    message: /two entries of this name/,
  },
  {
    because: 'an entry outside the archive',
    bytes: writeZip([{ name: '../data.pkl', data: zeros(1) }]),
    message: /damaged/,
  },
  {
    because: 'a TorchScript archive',
    bytes: pickled(null, { name: 'a/constants.pkl', data: zeros(1) }),
    message: /TorchScript/,
  },
  {
    because: 'an encrypted entry',
    bytes: writeZip([{ name: 'a/data.pkl', data: zeros(1), flags: 1, deflate: true }]),
    message: /encrypted/,
  },
  {
    because: 'a zip bomb by ratio',
    bytes: pickled(null, { ...storage(zeros(5_000_000)), deflate: true }),
    message: /zip bomb: \d+ bytes claim to inflate to 5000000/,
  },
  {
    because: 'a zip bomb by a false size',
    bytes: pickled(null, { ...storage(zeros(100)), inflatedSize: 1e9, deflate: true }),
    message: /zip bomb/,
  },
  {
    because: 'an entry that inflates to more than it says',
    bytes: writeZip([{ name: 'a/data.pkl', data: zeros(1000), deflate: true, inflatedSize: 500 }]),
    message: /does not inflate to the size it claims/,
  },
  {
    because: 'a wrong checksum',
    bytes: writeZip([{ name: 'a/data.pkl', data: writePickle(null), crc: 7 }]),
    message: /checksum is wrong/,
  },
  {
    because: 'big-endian tensors',
    bytes: pickled(null, { name: 'a/byteorder', data: Buffer.from('big') }),
    message: /big-endian/,
  },

  {
    because: 'os.system',
    bytes: called('os', 'system'),
    message: /names "os\.system", as a file does that attacks who loads it; nothing was run/,
  },
  { because: 'posix.system', bytes: called('posix', 'system'), message: /names "posix\.system"/ },
  { because: 'builtins.eval', bytes: called('builtins', 'eval'), message: /names "eval"/ },
  {
    because: 'a function beside the allowed ones',
    bytes: called('torch.hub', 'load'),
    message: /names "torch\.hub\.load"/,
  },
  {
    because: 'a path through an allowed module',
    bytes: called('torch.nn.modules.conv', 'os.system'),
    message: /names "torch\.nn\.modules\.conv\.os\.system"/,
  },
  {
    because: 'a name of an attack that is never called',
    bytes: pickled([{ global: ['shutil', 'rmtree'] }]),
    message: /names "shutil\.rmtree"/,
  },
  {
    because: 'the same by STACK_GLOBAL',
    bytes: opcodes(0x8c, 2, 0x6f, 0x73, 0x8c, 1, 0x61, 0x93),
    message: /names "os\.a"/,
  },

  {
    because: 'a YOLOv5 checkpoint',
    bytes: called('models.yolo', 'DetectionModel'),
    message: /YOLOv5 or YOLOv7 checkpoint \(it names models\.yolo\.DetectionModel\)/,
  },
  {
    because: 'a segmentation checkpoint',
    bytes: called('ultralytics.nn.tasks', 'SegmentationModel'),
    message: /a segmentation checkpoint/,
  },
  {
    because: 'a pose checkpoint',
    bytes: called('ultralytics.nn.tasks', 'PoseModel'),
    message: /a pose checkpoint/,
  },
  {
    because: 'a classification checkpoint',
    bytes: called('ultralytics.nn.tasks', 'ClassificationModel'),
    message: /a classification checkpoint/,
  },
  {
    because: 'another root',
    bytes: writeSynthetic({ rootClass: ['torch.nn.modules.container', 'Sequential'] }),
    message: /expected a DetectionModel, got torch/,
  },
  {
    because: 'a state dict',
    bytes: pickled({ dict: [['w', describeTensor({ key: '0', shape: [1] })]] }, storage(zeros(4))),
    message: /this is a state dict/,
  },
  {
    because: 'no model at all',
    bytes: pickled({ dict: [['epoch', 3]] }),
    message: /expected a model under 'ema' or 'model', got None/,
  },
  { because: 'a list', bytes: pickled([1, 2]), message: /expected a dict with a model, got a sequence of 2/ },

  {
    because: 'a missing storage',
    bytes: pickled([describeTensor({ key: '7', shape: [1] })]),
    message: /storage 7 is missing/,
  },
  {
    because: 'a storage that is too short',
    bytes: pickled([describeTensor({ key: '0', shape: [4] })], storage(zeros(15))),
    message: /storage 0 has 15 bytes; 16 are needed/,
  },
  {
    because: 'a tensor beyond its storage',
    bytes: pickled([describeTensor({ key: '0', shape: [4], offset: 1, count: 4 })], storage(zeros(16))),
    message: /shape \[4\] reaches element 4 of a storage of 4/,
  },
  {
    because: 'a stride beyond its storage',
    bytes: pickled(
      [describeTensor({ key: '0', shape: [2, 2], stride: [3, 1], count: 4 })],
      storage(zeros(16)),
    ),
    message: /reaches element 4/,
  },
  {
    because: 'a negative offset',
    bytes: pickled([describeTensor({ key: '0', shape: [1], offset: -1, count: 1 })], storage(zeros(4))),
    message: /offset -1/,
  },
  {
    because: 'a negative size',
    bytes: pickled([describeTensor({ key: '0', shape: [-1], count: 1 })], storage(zeros(4))),
    message: /shape \[-1\]/,
  },
  {
    because: 'an immense tensor',
    bytes: pickled([describeTensor({ key: '0', shape: [2e9, 2e9], count: 1 })], storage(zeros(4))),
    message: /reaches element/,
  },
  {
    because: 'a negative element count',
    bytes: pickled([describeTensor({ key: '0', shape: [1], count: -5 })], storage(zeros(4))),
    message: /storage 0 claims -5 elements/,
  },

  { because: 'an empty stack', bytes: opcodes(0x30), message: /empty stack/ },
  { because: 'a value from before the mark', bytes: opcodes(0x4e, 0x28, 0x85), message: /empty stack/ },
  { because: 'no mark', bytes: opcodes(0x74), message: /no mark/ },
  { because: 'an empty memo slot', bytes: opcodes(0x68, 9), message: /memo slot 9, which is empty/ },
  {
    because: 'a memo slot in the far',
    bytes: opcodes(0x4e, 0x72, 255, 255, 255, 127),
    message: /memo slot 2147483647/,
  },
  {
    because: 'a text longer than the file',
    bytes: opcodes(0x58, 255, 255, 255, 255),
    message: /pickle ends at byte \d+, but 4294967295 more are needed/,
  },
  {
    because: 'bytes of 2^63',
    bytes: opcodes(0x8e, 0, 0, 0, 0, 0, 0, 0, 128),
    message: /size of 9223372036854775808 bytes/,
  },
  { because: 'a very long integer', bytes: opcodes(0x8b, 0, 0, 0, 1), message: /integer of 16777216 bytes/ },
  { because: 'an opcode that torch does not write', bytes: opcodes(0x69), message: /opcode 0x69/ },
  { because: 'a global without end', bytes: pickled({ opcodes: [0x63, 0x6f, 0x73] }), message: /has no end/ },
  {
    because: 'marks without end',
    bytes: opcodes(...Array.from({ length: 5000 }, () => 0x28)),
    message: /nests deeper than 4096/,
  },
  { because: 'a call of no function', bytes: opcodes(0x4e, 0x29, 0x52), message: /calls None/ },
  { because: 'values left over', bytes: opcodes(0x4e, 0x4e), message: /leaves values behind/ },
]

describe('readCheckpoint refuses', () => {
  test.each(cases)('$because', async ({ bytes, message }) => {
    const error: unknown = await readCheckpoint(bytes, 'x.pt').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InputError)
    expect(String((error as InputError).message)).toMatch(message)
    expect((error as InputError).message).not.toContain('\n')
  })

  test('a list that is copied again and again', async () => {
    // A list of 100 000 in memo slot 0, made a set of 300 times over.
    const list = [0x5d, 0x71, 0, 0x28, ...Array.from({ length: 100_000 }, () => 0x4e), 0x65, 0x30]
    const name = [...Buffer.from('c__builtin__\nset\n'), 0x71, 1, 0x30]
    const again = Array.from({ length: 300 }, () => [0x68, 1, 0x68, 0, 0x85, 0x52, 0x30]).flat()
    await expect(
      readCheckpoint(
        writeZip([
          { name: 'a/data.pkl', data: Uint8Array.from([0x80, 2, ...list, ...name, ...again, 0x4e, 0x2e]) },
        ]),
        'x.pt',
      ),
    ).rejects.toThrow('copies more than')
  })

  test.each([
    { what: 'dicts', opcode: 0x7d },
    { what: 'lists', opcode: 0x5d },
    { what: 'sets', opcode: 0x8f },
  ])('millions of empty $what that shrink to nothing in the archive', async ({ opcode }) => {
    const data = Uint8Array.from([0x80, 4, 0x5d, ...new Array(2_000_000).fill([opcode, 0x61]).flat(), 0x2e])
    const bytes = writeZip([
      { name: 'a/data.pkl', data, deflate: true },
      // Beyond the ratio that is a bomb by itself.
      { name: 'a/x', data: crypto.getRandomValues(new Uint8Array(30_000)) },
    ])
    await expect(readCheckpoint(bytes, 'x.pt')).rejects.toThrow(/makes more than \d+ values|zip bomb/)
  })

  test('a module that is its own child', async () => {
    const global = [...Buffer.from('cultralytics.nn.tasks\nDetectionModel\n')]
    const text = (word: string): number[] => [0x8c, word.length, ...Buffer.from(word)]
    // {'model': object}, whose state's _modules maps 'x' to the object itself.
    const data = Uint8Array.from([
      0x80,
      2,
      0x7d,
      ...text('model'),
      ...global,
      0x29,
      0x81,
      0x71,
      0,
      0x7d,
      ...text('_modules'),
      0x7d,
      ...text('x'),
      0x68,
      0,
      0x73,
      0x73,
      0x62,
      0x73,
      0x2e,
    ])
    await expect(readCheckpoint(writeZip([{ name: 'a/data.pkl', data }]), 'x.pt')).rejects.toThrow(
      'nest deeper than 32',
    )
  })

  test('no truncation of the file gets through, nor crashes', async () => {
    for (let length = 1; length < whole.length; length += 40_009) {
      await expect(readCheckpoint(whole.subarray(0, length), 'x.pt')).rejects.toBeInstanceOf(InputError)
    }
  })

  test('no flipped byte of a pickle ends in anything but data or an InputError', async () => {
    const pickle = writePickle({
      dict: [
        [
          'model',
          {
            object: ['ultralytics.nn.tasks', 'DetectionModel'],
            state: {
              dict: [
                ['_modules', { dict: [] }],
                ['yaml', [1, 2.5, 'x']],
              ],
            },
          },
        ],
      ],
    })
    let refused = 0
    const others: string[] = []
    for (let at = 0; at < pickle.length; at++) {
      for (const flip of [1, 0x40, 0xff]) {
        const data = Uint8Array.from(pickle)
        data[at] = data[at]! ^ flip
        const outcome: unknown = await readCheckpoint(writeZip([{ name: 'a/data.pkl', data }]), 'x.pt').catch(
          (e: unknown) => e,
        )
        if (outcome instanceof InputError) refused += 1
        else if (outcome instanceof Error) others.push(`byte ${at} ^ ${flip}: ${outcome.stack}`)
      }
    }
    expect(others).toEqual([])
    expect(refused).toBeGreaterThan(pickle.length)
  })
})
