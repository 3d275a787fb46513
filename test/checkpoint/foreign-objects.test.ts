/** Checkpoints with more in them than a network: what held it, what trained it, what a tool has bound to it. */
import { describe, expect, test } from 'vitest'
import { type Checkpoint, readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { buildGraph } from '../../src/graph/build-graph.ts'
import { writeSynthetic } from './synthetic.ts'
import { describeModule } from './synthetic-modules.ts'
import { type Description, writePickle } from './write-pickle.ts'
import { writeZip } from './write-zip.ts'

const read = (file: Description): Promise<Checkpoint> =>
  readCheckpoint(writeZip([{ name: 'a/data.pkl', data: writePickle(file) }]), 'x.pt')
const under = (model: Description): Description => ({ dict: [['model', model]] })
const network = describeModule(['ultralytics.nn.tasks', 'DetectionModel'], [['names', ['cat']]])
const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')]

describe('a network is found in', () => {
  test.each([
    ['torch.nn.parallel.data_parallel', 'DataParallel', 'module'],
    ['torch.nn.parallel.distributed', 'DistributedDataParallel', 'module'],
    ['torch._dynamo.eval_frame', 'OptimizedModule', '_orig_mod'],
    ['ultralytics.models.yolo.model', 'YOLO', 'model'],
  ])('%s.%s', async (module, name, child) => {
    const wrapped = describeModule([module, name], [], { modules: [[child, network]] })
    expect((await read(under(wrapped))).names).toEqual(['cat'])
    expect((await read(wrapped)).names).toEqual(['cat'])
    const twice = describeModule([module, name], [], { modules: [[child, wrapped]] })
    expect((await read(under(twice))).root.path).toBe('')
  })

  test('an average of weights', async () => {
    const average: Description = {
      object: ['ultralytics.utils.torch_utils', 'ModelEMA'],
      state: { dict: [['ema', network]] },
    }
    expect((await read({ dict: [['ema', average]] })).names).toEqual(['cat'])
  })

  test('nothing that holds none, or itself', async () => {
    const empty = describeModule(['torch.nn.parallel.data_parallel', 'DataParallel'], [])
    await expect(read(under(empty))).rejects.toThrow('x.pt: expected a torch module, got None.')
    let deep: Description = network
    for (let i = 0; i < 9; i++)
      deep = describeModule(['torch.nn.parallel.data_parallel', 'DataParallel'], [], {
        modules: [['module', deep]],
      })
    await expect(read(under(deep))).rejects.toThrow('expected a DetectionModel, got torch.nn.parallel')
  })
})

describe('what is no part of the network is an inert record', () => {
  const kept = (extra: Description): Promise<Checkpoint> =>
    read({
      dict: [
        ['model', network],
        ['train_args', { dict: [['imgsz', 64]] }],
        ['kept', extra],
      ],
    })
  const blur: Description = { call: { global: ['albumentations', 'Blur'] }, args: [3] }

  test.each<[string, Description]>([
    ['an object of an unknown class', blur],
    ['an optimiser', { object: ['torch.optim.adamw', 'AdamW'], state: { dict: [['lr', 0.01]] } }],
    ['a method of an object', { call: { global: ['__builtin__', 'getattr'] }, args: [blur, 'apply'] }],
    [
      'what a method gave',
      { call: { call: { global: ['__builtin__', 'getattr'] }, args: [blur, 'to'] }, args: [1] },
    ],
    // NEWOBJ of a class, then SETITEM, APPEND and ADDITEMS on it.
    ['a dict of a class of its own', { opcodes: [...ascii('cx\nD\n'), 0x29, 0x81, 0x4b, 1, 0x4b, 2, 0x73] }],
    ['a list of a class of its own', { opcodes: [...ascii('cx\nL\n'), 0x29, 0x81, 0x4b, 1, 0x61] }],
    ['a set of a class of its own', { opcodes: [...ascii('cx\nS\n'), 0x29, 0x81, 0x28, 0x4b, 1, 0x90] }],
  ])('%s', async (_, extra) => {
    const { names, imageSize } = await kept(extra)
    expect([names, imageSize]).toEqual([['cat'], [64, 64]])
  })

  test('names and arguments may be dicts of classes of their own', async () => {
    const own = (key: string, at: number, value: number[]) => ({
      opcodes: [...ascii(`cx\n${key}\n`), 0x29, 0x81, 0x4b, at, ...value, 0x73],
    })
    const names = own('Names', 0, [0x8c, 1, 0x63])
    const size = { opcodes: [...ascii('cx\nArgs\n'), 0x29, 0x81, 0x8c, 5, ...ascii('imgsz'), 0x4b, 96, 0x73] }
    const model = describeModule(['ultralytics.nn.tasks', 'DetectionModel'], [['names', names]])
    const found = await read({
      dict: [
        ['model', model],
        ['train_args', size],
      ],
    })
    expect([found.names, found.imageSize]).toEqual([['c'], [96, 96]])
  })
})

describe('a method in place of forward', () => {
  const bound = (name: string): Description => ({
    call: { global: ['__builtin__', 'getattr'] },
    args: [null, name],
  })
  const size = { height: 32, width: 32 }
  const pool = (forward: Description) =>
    describeModule(
      ['ultralytics.nn.modules.conv', 'Concat'],
      [
        ['d', 1],
        ['f', { tuple: [-1, 6] }],
        ['forward', forward],
      ],
    )
  const graphOf = async (forward: Description) =>
    buildGraph(
      await readCheckpoint(writeSynthetic({ replace: new Map([['model.11', pool(forward)]]) }), 'x.pt'),
      size,
    )

  test('that computes the same is no matter', async () => {
    const plain = buildGraph(await readCheckpoint(writeSynthetic(), 'x.pt'), size)
    expect(await graphOf(bound('forward_split'))).toEqual(plain)
  })

  test('is refused where nobody knows what it computes', async () => {
    await expect(graphOf(bound('forward_export'))).rejects.toThrow(
      'model.11 (Concat) computes with forward_export in place of its forward, and what that does is not in the file.',
    )
    await expect(graphOf({ global: ['mine', 'forward'] })).rejects.toThrow(
      'computes with mine.forward in place of',
    )
  })
})
