import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSafetensors } from '../../../src/artefacts/safetensors.ts'
import { dataBytes, type Tensor } from '../../../src/artefacts/tensor.ts'
import { fusedTensors, originalTensors, quantisedTensors } from '../../../src/artefacts/weight-tensors.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { FILE_GROUPS } from '../../../src/pipeline/model/file-groups.ts'
import { readNames, renameLoaded, renamePrepared } from '../../../src/pipeline/model/names.ts'
import type { QuantisationReport } from '../../../src/pipeline/model/quantise-model.ts'
import { type QuantisedManifest, writeQuantised } from '../../../src/pipeline/model/quantised-files.ts'
import { EACH_PYTHON, runPython } from '../../artefacts/python.ts'
import { needs } from '../../witness.ts'
import { makeFolder, prepareDefault, type TestModel } from '../prepared.ts'

const folder = makeFolder()
let run: TestModel
let manifest: QuantisedManifest
beforeAll(async () => {
  run = await prepareDefault()
  manifest = await writeQuantised(folder, { ...run, groups: FILE_GROUPS }, silent)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (file: string): Buffer => readFileSync(join(folder, file))
/** `toEqual` takes seconds over a megabyte. */
function expectSame(actual: Tensor | undefined, expected: Tensor, name: string): void {
  expect([actual?.shape, actual?.data.constructor], name).toEqual([expected.shape, expected.data.constructor])
  expect(Buffer.compare(dataBytes(actual!), dataBytes(expected)), name).toBe(0)
}

const readJson = (file: string): never => JSON.parse(read(file).toString()) as never

needs('python3 with numpy', 'NumPy', () => {
  describe.each(EACH_PYTHON)('as NumPy $numpy loads them', ({ command }) => {
    test('fused weights are the original ones with the batch norm folded in by NumPy', () => {
      const result = runPython(
        command,
        `
import json, numpy as np, pickle
original = pickle.load(open('original.pickle', 'rb'))
fused = pickle.load(open('fused.pickle', 'rb'))
worst, folded = 0.0, 0
for name, w in fused.items():
    if not name.endswith('.weight'): continue
    conv = name[:-len('.weight')]
    module = conv[:-len('.conv')]
    if module + '.bn.weight' in original:
        o = {k: original[module + '.bn.' + k].astype('f8') for k in ('weight', 'bias', 'running_mean', 'running_var')}
        factor = o['weight'] / np.sqrt(o['running_var'] + 1e-3)
        weight = original[name].astype('f8') * factor[:, None, None, None]
        bias = o['bias'] - o['running_mean'] * factor
        folded += 1
    else:
        weight, bias = original[name].astype('f8'), original[conv + '.bias'].astype('f8')
    scale = max(np.abs(weight).max(), np.abs(bias).max())
    worst = max(worst, np.abs(w - weight).max() / scale, np.abs(fused[conv + '.bias'] - bias).max() / scale)
    assert w.dtype == np.float32 and w.flags['C_CONTIGUOUS']
print(json.dumps([len(fused), folded, float(worst)]))
`,
        folder,
      ) as [number, number, number]
      const convolutions = run.model.graph.nodes.filter(({ op }) => op === 'conv').length
      expect(result.slice(0, 2)).toEqual([2 * convolutions, convolutions - 6])
      expect(result[2]).toBeLessThan(1e-6)
    })

    test('every weight is within a step of its code (half of one, where codes are the nearest), and .npy and .pickle agree', () => {
      const result = runPython(
        command,
        `
import json, numpy as np, pickle, os
fused = pickle.load(open('fused.pickle', 'rb'))
quantised = pickle.load(open('quantised.pickle', 'rb'))
files = sorted(os.listdir('weights'))
assert files == sorted(k + '.npy' for k in quantised), files[:5]
for name, array in quantised.items():
    one = np.load('weights/' + name + '.npy')
    assert one.dtype == array.dtype and np.array_equal(one, array), name
worst = 0.0
for name, codes in quantised.items():
    if not name.endswith('.weight'): continue
    layer = name[:-len('.weight')]
    real = fused.get(layer + '.conv.weight', fused.get(layer + '.weight'))
    scale = quantised[layer + '.scale'][:, None, None, None]
    assert codes.dtype == np.int8 and np.abs(codes).max() <= 127
    inside = np.abs(codes) < 127
    worst = max(worst, float((np.abs(codes * scale - real) / scale)[inside].max()))
print(json.dumps([len(quantised), worst]))
`,
        folder,
      ) as [number, number]
      expect(result[0]).toBe(quantisedTensors(run.prepared.integer).size)
      expect(result[1]).toBeLessThan(1 + 1e-6)
      expect(result[1]).toBeGreaterThan(0.3)
    })
  })
})

describe('files of the quantised model', () => {
  test('.safetensors hold what the .pickle hold', () => {
    const { tensors: original } = readSafetensors(read('original.safetensors'))
    expect(new Set(original.keys())).toEqual(new Set(run.model.state.keys()))
    for (const [name, tensor] of originalTensors(run.model.state))
      expectSame(original.get(name), tensor, name)
    const { tensors: fused } = readSafetensors(read('fused.safetensors'))
    for (const [name, tensor] of fusedTensors(run.model.graph)) expectSame(fused.get(name), tensor, name)
  })

  test('the manifest names every file by its SHA-256', () => {
    for (const { file, sha256, bytes } of manifest.files) {
      expect(createHash('sha256').update(read(file)).digest('hex'), file).toBe(sha256)
      expect(read(file).length).toBe(bytes)
    }
    expect(readJson('manifest.json')).toEqual(JSON.parse(JSON.stringify(manifest)))
    expect(manifest.inputs.model.sha256).toBe(run.model.hash)
    expect(manifest.inputs.calibration).toHaveLength(8)
    expect(manifest.options).toMatchObject({ weightBits: 8, activationBits: 8, scope: 'all' })
    expect(JSON.stringify(manifest)).not.toContain(folder)
    const assay = manifest.files.find(({ file }) => file === 'model.assay')
    expect(assay?.sha256.slice(0, 8)).toBe(manifest.model.id)
  })

  test('architecture.json has the shapes, bits, multipliers and sizes', () => {
    interface Layer {
      name: string
      op: string
      weightShape: number[]
      weightBits: number
      multipliers: number[]
      scale: number
      low: number
      zeroPoint: number
      size: { weightBytes: number; floatBytes: number } | null
    }
    const architecture: { layers: Layer[]; size: Record<string, number> } = readJson('architecture.json')
    expect(architecture.layers.map(({ name }) => name)).toEqual(
      run.prepared.integer.nodes.map(({ name }) => name),
    )
    const convs = run.prepared.integer.nodes.filter((node) => node.op === 'conv')
    let weights = 0
    for (const node of convs) {
      const layer = architecture.layers.find(({ name }) => name === node.name)!
      expect(layer.weightShape.reduce((a, b) => a * b)).toBe(node.weight.length)
      expect(layer.multipliers).toEqual([...node.multiplier])
      expect(layer.low).toBeCloseTo(-node.quant.scale * node.quant.zeroPoint, 12)
      weights += node.weight.length
    }
    expect(architecture.size.weightBytes).toBe(weights)
    expect(architecture.size.floatBytes).toBeGreaterThan(3.9 * weights)
  })

  test('ranges.json covers each tensor and each table index', () => {
    const ranges: { name: string }[] = readJson('ranges.json')
    const { nodes } = run.prepared.integer
    const tables = nodes.filter((node) => node.op === 'conv' && node.table !== null).length
    expect(ranges).toHaveLength(nodes.length + tables)
  })

  test('every activation has a picture with its cut, and a line in the table', () => {
    const { ranges }: QuantisationReport = readJson('calibration.json')
    const pictures = readdirSync(join(folder, 'histograms'))
    const table = new TextDecoder().decode(read('calibration.txt'))
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    // A line for each range under the title and its rule.
    expect(table.trimEnd().split('\n')).toHaveLength(ranges.length + 2)
    const makers = run.model.graph.nodes.filter(({ op }) => op === 'conv' || op === 'add')
    const tables = run.prepared.integer.nodes.filter((node) => node.op === 'conv' && node.table !== null)
    expect(pictures).toHaveLength(makers.length + tables.length)
    for (const { name } of makers) expect(pictures).toContain(`${name}.svg`)
    for (const { tensors, low, high } of ranges)
      for (const tensor of tensors) {
        const picture = new TextDecoder().decode(read(`histograms/${tensor}.svg`))
        for (const end of [low, high]) expect(picture).toContain(`>${Number(end.toPrecision(3))}</text>`)
      }
  })

  test('a second run under a user’s names leaves no array of the first', async () => {
    const map = join(folder, 'names.json')
    writeFileSync(map, JSON.stringify({ 'model.0': 'stem', 'model.22': 'head' }))
    const names = await readNames(map)
    const model = renameLoaded(run.model, names, map)
    const prepared = renamePrepared(run.model, run.prepared, names, map)
    const renamed = await writeQuantised(
      folder,
      { model, prepared, options: run.options, groups: ['quantised', 'fused'] },
      silent,
    )
    expect(renamed.names).toEqual({ 'model.0': 'stem', 'model.22': 'head' })
    const files = readdirSync(join(folder, 'weights'))
    expect(files).toContain('stem.weight.npy')
    expect(files).toContain('head.exp.npy')
    expect(files.filter((file) => /^model\.(0|22)\./.test(file))).toEqual([])
    expect(files).toHaveLength(quantisedTensors(run.prepared.integer).size)
    const { tensors } = readSafetensors(read('fused.safetensors'))
    expect([...tensors.keys()]).toContain('stem.conv.weight')
    // The network is the same, its names are not.
    expect(prepared.integer.nodes.map(({ quant }) => quant)).toEqual(
      run.prepared.integer.nodes.map(({ quant }) => quant),
    )
    expect(prepared.integer.detect.levels[0]!.box).toBe('head.cv2.0.2')
  })

  test('a mapping that is refused writes nothing', async () => {
    const map = join(folder, 'names.json')
    writeFileSync(map, JSON.stringify({ 'model.0': 'model.1' }))
    const names = await readNames(map)
    expect(() => renameLoaded(run.model, names, map)).toThrow(/are both mapped to model\.1/)
    await expect(readNames(join(folder, 'missing.json'))).rejects.toThrow(/missing\.json: no such file/)
    expect(existsSync(join(folder, 'missing.json'))).toBe(false)
  })
})
