import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { buildGraph } from '../../src/graph/build-graph.ts'
import { describeGraph } from '../../src/graph/describe-graph.ts'
import type { FloatGraph } from '../../src/graph/types.ts'
import { InputError } from '../../src/input/input-error.ts'
import { repositoryPath } from '../checkpoint/shared-data.ts'
import { type SyntheticOptions, writeSynthetic } from '../checkpoint/synthetic.ts'
import { describeModule, type Named } from '../checkpoint/synthetic-modules.ts'
import { describeTensor } from '../checkpoint/write-pickle.ts'

const size = { height: 64, width: 64 }

async function build(options: SyntheticOptions, at = size): Promise<FloatGraph> {
  return buildGraph(await readCheckpoint(writeSynthetic(options), 'made.pt'), at)
}

describe('sizes of the published models', () => {
  // Ultralytics' model table: parameters unfused and fused at 80 classes; FLOPs = 2 MACs of the fused model at 640x640.
  test.each([
    {
      model: 'n',
      depth: 0.33,
      width: 0.25,
      maxChannels: 1024,
      parameters: 3_157_200,
      fused: 3_151_904,
      gigaflops: 8.7,
    },
    {
      model: 's',
      depth: 0.33,
      width: 0.5,
      maxChannels: 1024,
      parameters: 11_166_560,
      fused: 11_156_544,
      gigaflops: 28.6,
    },
    {
      model: 'm',
      depth: 0.67,
      width: 0.75,
      maxChannels: 768,
      parameters: 25_902_640,
      fused: 25_886_080,
      gigaflops: 78.9,
    },
  ])('yolov8$model', async ({ depth, width, maxChannels, parameters, fused, gigaflops }) => {
    const graph = await build({ depth, width, maxChannels, classes: 80 }, { height: 640, width: 640 })
    const { totals } = describeGraph(graph)
    expect(totals.parameters).toBe(parameters)
    expect(totals.fusedParameters).toBe(fused)
    // The published figure counts activations and pooling as well: at most a few percent.
    expect((2 * totals.macs) / 1e9).toBeLessThan(gigaflops + 0.05)
    expect((2 * totals.macs) / 1e9).toBeGreaterThan(gigaflops * 0.97)
  })
})

describe('the embedded model', async () => {
  const checkpoint = await readCheckpoint(
    readFileSync(repositoryPath('golden/default/shapes.pt')),
    'shapes.pt',
  )

  test('has the shapes that PyTorch reports of every module', () => {
    const graph = buildGraph(checkpoint, { height: 160, width: 160 })
    const { ranges } = JSON.parse(readFileSync(repositoryPath('golden/default/reference.json'), 'utf8'))
    const shapes = new Map(graph.nodes.map((node) => [node.name, [1, ...node.shape]]))
    const shapeOf = (name: string) => shapes.get(graph.aliases.get(name) ?? name)
    const compared = Object.keys(ranges).filter((name) => shapeOf(name) !== undefined)
    for (const name of compared) expect(shapeOf(name), name).toEqual(ranges[name].shape)
    const modules = Object.keys(ranges).filter((name) => !/\.(conv|bn|dfl)$|^$/.test(name))
    expect(compared.filter((name) => !/\.(conv|bn)$/.test(name))).toEqual(modules)
    expect(compared.length).toBeGreaterThan(80)
  })

  test('parameters match the provenance note', () => {
    const { totals } = describeGraph(buildGraph(checkpoint, size))
    expect(totals.parameters).toBe(913_028)
    expect(totals.convolutions).toBe(63)
    expect(totals.batchNorms).toBe(57)
  })

  test('names are those of the contract', () => {
    const graph = buildGraph(checkpoint, size)
    const names = new Set(graph.nodes.map((node) => node.name))
    for (const name of [
      'images',
      'model.2.cv1',
      'model.2.m.0',
      'model.2.chunk',
      'model.2.concat',
      'model.9.m@1',
      'model.22.cv3.0.2',
    ]) {
      expect(names, name).toContain(name)
    }
    expect(graph.aliases.get('model.2')).toBe('model.2.cv2')
    expect(graph.aliases.get('model.12.m.0')).toBe('model.12.m.0.cv2')
    expect(graph.aliases.get('model.22.cv2.0')).toBe('model.22.cv2.0.2')
    for (const [alias, target] of graph.aliases) {
      expect(names).toContain(target)
      expect(names).not.toContain(alias)
    }
  })

  test('every node reads what came before it', () => {
    const seen = new Set<string>()
    for (const node of buildGraph(checkpoint, size).nodes) {
      for (const input of node.op === 'input' ? [] : node.inputs) expect(seen).toContain(input)
      seen.add(node.name)
    }
  })

  test('an image that is not square', () => {
    const graph = buildGraph(checkpoint, { height: 96, width: 224 })
    const shapes = graph.head.levels.map(({ cls }) => graph.nodes.find((node) => node.name === cls)?.shape)
    expect(shapes).toEqual([
      [4, 12, 28],
      [4, 6, 14],
      [4, 3, 7],
    ])
    expect(graph.head.levels.map((level) => level.stride)).toEqual([8, 16, 32])
  })
})

describe('other shapes of network', () => {
  test('another width, depth, class count and number of bins', async () => {
    const graph = await build({ depth: 0.67, width: 0.375, classes: 7, regMax: 8 })
    const shape = (name: string): readonly number[] | undefined =>
      graph.nodes.find((node) => node.name === name)?.shape
    expect(graph.nodes.filter((node) => /^model\.4\.m\.\d+$/.test(node.name))).toHaveLength(4)
    expect(shape('model.0')).toEqual([24, 32, 32])
    expect(shape('model.4.concat')).toEqual([6 * 48, 8, 8])
    expect(shape('model.22.cv2.0.2')).toEqual([32, 8, 8])
    expect(shape('model.22.cv3.2.2')).toEqual([7, 2, 2])
    expect(graph.head.classes).toHaveLength(7)
    expect(graph.head.regMax).toBe(8)
  })

  const module = (type: string, ...attributes: (readonly [string, number])[]) =>
    describeModule(['ultralytics.nn.modules.block', type], attributes)
  const sources = (type: string, modules: Named = []) =>
    describeModule(['ultralytics.nn.modules.head', type], [['f', [15, 18, 21]]], { modules })
  const hooked = (key: string, hook: readonly [string, string]) =>
    describeModule(
      ['torch.nn.modules.activation', 'SiLU'],
      [[key, { dict: [[0, { object: hook, state: { dict: [] } }]] }]],
    )

  test('hooks that prune change nothing', async () => {
    const act = hooked('_forward_pre_hooks', ['torch.nn.utils.prune', 'L1Unstructured'])
    const pruned = await build({ replace: new Map([['model.5.act', act]]) })
    expect(describeGraph(pruned)).toEqual(describeGraph(await build({})))
  })

  test.each<{ because: string; options: SyntheticOptions; message: RegExp }>([
    {
      because: 'NaN in a weight',
      options: { weights: new Map([[205, Number.NaN]]) },
      message: /^made\.pt: model\.0\.conv\.weight: element 205 is NaN; every weight must be finite/,
    },
    {
      because: 'infinity in a weight',
      options: { weights: new Map([[700, Number.NEGATIVE_INFINITY]]) },
      message: /model\.1\.conv\.weight: element 700 is -Infinity/,
    },
    {
      because: 'a variance below zero',
      options: { weights: new Map([[3, -2]]) },
      message: /model\.0\.bn\.running_var: channel 3 has a variance of -2/,
    },
    {
      because: 'a layer of another network',
      options: { replace: new Map([['model.2', module('C3k2', ['f', -1])]]) },
      message: /made\.pt: model\.2: C3k2 is not a layer of YOLOv8\. Supported: Conv, C2f/,
    },
    {
      because: 'a head of YOLOv10',
      options: { replace: new Map([['model.22', sources('v10Detect')]]) },
      message:
        /^made\.pt: model\.22: this is an end-to-end head, as that of YOLOv10, .* not supported\. Give/,
    },
    {
      because: 'an end-to-end head of another name',
      options: {
        replace: new Map([['model.22', sources('Detect', [['one2one_cv2', module('ModuleList')]])]]),
      },
      message: /^made\.pt: model\.22: this is an end-to-end head/,
    },
    {
      because: 'a head of several inputs',
      options: { replace: new Map([['model.22', sources('Segment')]]) },
      message: /model\.22: Segment is not a layer of YOLOv8/,
    },
    {
      because: 'a source ahead of the layer',
      options: { replace: new Map([['model.11', module('Concat', ['f', 15])]]) },
      message: /model\.11: the layer reads layer 15, which is not before it/,
    },
    {
      because: 'a layer that reads nothing',
      options: { replace: new Map([['model.10', module('Upsample')]]) },
      message: /model\.10: neither the module nor the yaml/,
    },
    {
      because: 'another activation',
      options: {
        replace: new Map([['model.5.act', describeModule(['torch.nn.modules.activation', 'Mish'], [])]]),
      },
      message: /model\.5: expected one of the activations SiLU, .*, got Mish/,
    },
    {
      because: 'a padding that makes an immense tensor',
      options: {
        replace: new Map([
          [
            'model.0.conv',
            describeModule(
              ['torch.nn.modules.conv', 'Conv2d'],
              [
                ['in_channels', 3],
                ['out_channels', 8],
                ['kernel_size', { tuple: [1, 1] }],
                ['stride', { tuple: [1, 1] }],
                ['padding', { tuple: [1_000_000, 1_000_000] }],
                ['dilation', { tuple: [1, 1] }],
              ],
              { parameters: [['weight', describeTensor({ key: '0', shape: [8, 3, 1, 1] })]] },
            ),
          ],
        ]),
      },
      message: /model\.0: the tensor would have the shape \[8,20\d+,20\d+\]/,
    },
    {
      because: 'a hook',
      options: { replace: new Map([['model.5.act', hooked('_forward_hooks', ['mine.extras', 'scale'])]]) },
      message:
        /made\.pt: model\.5\.act: model\.5\.act \(SiLU\) has the forward hook mine\.extras\.scale, and what/,
    },
    {
      because: 'a weight norm',
      options: {
        replace: new Map([
          ['model.5.act', hooked('_forward_pre_hooks', ['torch.nn.utils.weight_norm', 'WeightNorm'])],
        ]),
      },
      message: /has the forward hook torch\.nn\.utils\.weight_norm\.WeightNorm.* remove_weight_norm/,
    },
    {
      because: 'a missing child',
      options: { replace: new Map([['model.6', module('C2f', ['f', -1])]]) },
      message: /model\.6: expected model\.6 \(C2f\) to have a child cv1/,
    },
  ])('refuses $because', async ({ options, message }) => {
    const error: unknown = await build(options).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).message).toMatch(message)
  })
})
