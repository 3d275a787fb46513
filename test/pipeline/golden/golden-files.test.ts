import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { chooseFromList } from '../../../src/cli/options/parse.ts'
import { digest } from '../../../src/golden/digest.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { type GoldenIndex, writeGolden } from '../../../src/pipeline/golden/golden-files.ts'
import { loadImage, runGolden } from '../../../src/pipeline/model/golden-run.ts'
import { recordRun } from '../../../src/pipeline/model/run-record.ts'
import { sha256 } from '../../../src/store/hash.ts'
import { EACH_PYTHON, runPython } from '../../artefacts/python.ts'
import { needs } from '../../witness.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_IMAGE } from '../shared-data.ts'

const folder = makeFolder()
let golden: ReadonlyMap<string, Codes>
let index: GoldenIndex
beforeAll(async () => {
  const { model, prepared, options } = await prepareDefault({ activationBits: 6 })
  const image = await loadImage(DEFAULT_IMAGE, prepared.integer)
  golden = await runGolden(prepared.integer, image.codes, silent)
  const record = await recordRun('golden', model, prepared, options)
  // Of an earlier run, under another name.
  writeFileSync(join(folder, 'stem.npy'), 'old')
  index = await writeGolden(folder, { graph: prepared.integer, tensors: golden, image, record }, silent)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

needs('python3 with numpy', 'NumPy', () => {
  describe.each(EACH_PYTHON)('golden activations as NumPy $numpy loads them', ({ command }) => {
    test('.npy, .pickle and ROM text hold the same codes', () => {
      const digests = runPython(
        command,
        `
import hashlib, json, numpy as np, os, pickle
index = json.load(open('index.json'))
arrays = pickle.load(open('activations.pickle', 'rb'))
assert set(arrays) == {t['name'] for t in index['tensors']}
out = {}
for t in index['tensors']:
    a = np.load(t['file'])
    assert list(a.shape) == t['shape'] and a.dtype == np.uint8 and a.max() < 2 ** t['bits']
    assert np.array_equal(a, arrays[t['name']])
    words = np.array([int(line, 16) for line in open(t['rom']).read().split()])
    assert len(words) == t['romWords'] and np.array_equal(words, a.ravel())
    out[t['name']] = hashlib.sha256(a.astype('<u2').tobytes()).hexdigest()
assert not os.path.exists('stem.npy')
print(json.dumps(out))
`,
        folder,
      )
      expect(digests).toEqual(Object.fromEntries([...golden].map(([name, codes]) => [name, digest(codes)])))
    })
  })
})

test('boxes are a file of the set, and go with the next that has none', async () => {
  const { model, prepared, options } = await prepareDefault({ activationBits: 6 })
  const image = await loadImage(DEFAULT_IMAGE, prepared.integer)
  const record = await recordRun('golden', model, prepared, options)
  const content = { graph: prepared.integer, tensors: golden, image, record }
  const box = { ...{ x0: -1, y0: 2, x1: 30, y1: 40 }, ...{ classIndex: 1, score: 5, code: 6, anchor: 7 } }
  const own = makeFolder()
  const { boxes } = await writeGolden(own, { ...content, boxes: [box, box] }, silent)
  const text = readFileSync(join(own, boxes!.file), 'utf8')
  expect(JSON.parse(text)).toEqual([box, box])
  expect(boxes).toEqual({ file: 'boxes.json', sha256: sha256(text) })
  expect((await writeGolden(own, content, silent)).boxes).toBeNull()
  expect(existsSync(join(own, 'boxes.json'))).toBe(false)
})

test('the index names the profile of arithmetic', async () => {
  const { model, prepared, options } = await prepareDefault({ activationBits: 6 })
  const image = await loadImage(DEFAULT_IMAGE, prepared.integer)
  const record = await recordRun('golden', model, prepared, options)
  const profile = PROFILES.find(({ name }) => name === 'tflite')!
  const content = { graph: { ...prepared.integer, profile }, tensors: golden, image, record }
  expect((await writeGolden(makeFolder(), content, silent)).profile).toBe('tflite')
})

test('the index names the image and every digest', () => {
  expect(index.boxes).toBeNull()
  expect(index.profile).toBe('assay')
  expect(index.image.file).toBe('000000.png')
  expect(index.image.sha256).toMatch(/^[0-9a-f]{64}$/)
  for (const { name, digest: own } of index.tensors) expect(own).toBe(digest(golden.get(name)!))
})

describe('a list of words on the command line', () => {
  const words = ['mem', 'hex', 'coe'] as const
  test('is taken in its own order, once each', () => {
    expect(chooseFromList('coe, mem,mem', words, '--format')).toEqual(['mem', 'coe'])
    expect(chooseFromList('all', words, '--format')).toEqual(words)
  })
  test.each(['bin', 'mem,', 'MEM', 'all,mem'])('refuses %s by name', (text) => {
    expect(() => chooseFromList(text, words, '--format')).toThrow(
      /^--format: there is no ".*"\. Choose from mem, hex, coe/,
    )
  })
})
