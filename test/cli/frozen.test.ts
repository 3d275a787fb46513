/** Golden data under version control: frozen, checked without checkpoint and float runtime, compared. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'
import { runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const IMAGES = fileURLToPath(new URL('../../golden/default/val/', import.meta.url))
const folder = makeFolder()
const out = join(folder, 'out')
const old = join(folder, 'old')
const freeze = (to: string, ...args: string[]) =>
  runAssay(['golden', '--freeze', to, '--out', out, '--calibration-images', '4', '--quiet', ...args])
const check = (set: string, ...args: string[]) =>
  runAssay(['sim', '--frozen', set, '--array', '8x8x2', '--out', out, '--quiet', '--json', ...args])
const few = ['--layers', 'model.0,model.22.cv2.2.2']

/** A copy of the set with one change. */
async function copySet(change: (set: string) => void): Promise<string> {
  const set = join(makeFolder(), 'set')
  await cp(old, set, { recursive: true })
  change(set)
  return set
}

beforeAll(async () => {
  await shareModels(out)
  const { exitCode, stderr } = await freeze(old, '--layers', 'model.0,model.22.cv2.2.2')
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

describe('a frozen set', () => {
  test('is small: digests of all layers under 64 KB', () => {
    const text = readFileSync(join(old, 'frozen.json'), 'utf8')
    expect(text.length).toBeLessThan(64 * 1024)
    const { layers } = JSON.parse(text) as { layers: { name: string; digest: string; file: string | null }[] }
    expect(layers.every(({ digest }) => /^[0-9a-f]{64}$/.test(digest))).toBe(true)
    const full = layers.filter(({ file }) => file !== null).map(({ name }) => name)
    expect(full).toEqual(['images', 'model.0', 'model.22.cv2.2.2'])
  })

  test('keeps the settings of q_NMS that it was made with, and the RTL is checked with them', async () => {
    const own = join(folder, 'own-nms')
    const { exitCode, stderr } = await freeze(own, '--confidence', '0.5', '--iou', '0.4', '--multi-label')
    expect([exitCode, stderr]).toEqual([0, ''])
    const read = (set: string) =>
      JSON.parse(readFileSync(join(set, 'frozen.json'), 'utf8')) as {
        nms: object
        boxes: { candidates: number }
      }
    expect(read(own).nms).toMatchObject({ confidence: 0.5, iou: 0.4, multiLabel: true })
    expect(read(own).boxes.candidates).toBeLessThan(read(old).boxes.candidates)
    const run = await check(own, '--layers', 'model.22.cv2.2.2,model.22')
    expect([run.exitCode, run.stderr]).toEqual([0, ''])
    const refused = await check(own, '--confidence', '0.25')
    expect([refused.exitCode, refused.stdout]).toEqual([2, ''])
    expect(refused.stderr).toMatch(/--confidence: not honoured by a run on a frozen set/)
  })

  test('names the stimulus of runs on it, which a run may choose otherwise; a set that names none is as before', async () => {
    const own = join(folder, 'own-stimulus')
    const { exitCode, stderr } = await freeze(own, '--stimulus', 'corners')
    expect([exitCode, stderr]).toEqual([0, ''])
    const choice = async (set: string, ...args: string[]) => {
      const run = await check(set, '--layers', 'model.22.cv2.2.2', ...args)
      expect([run.exitCode, run.stderr]).toEqual([0, ''])
      return (JSON.parse(run.stdout) as { stimulus?: { choice: string } }).stimulus?.choice
    }
    expect(await choice(own)).toBe('corners')
    expect(await choice(own, '--stimulus', 'image')).toBe('image')
    // A part of a run says nothing of the whole, whatever the set asks for.
    expect(await choice(own, '--seeds', '1,2')).toBeUndefined()
    expect(await choice(old)).toBe('all')
    const { stdout } = await runAssay(['diff', old, own])
    expect(stdout).toContain('stimulus not chosen -> corners')
    const refused = await runAssay(['golden', '--out', out, '--stimulus', 'corners'])
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/--stimulus: not honoured by assay golden without --freeze/)
  })

  test('checks the RTL where checkpoint reader and float runtime cannot be loaded', async () => {
    const hooks = join(folder, 'hooks.mjs')
    writeFileSync(
      hooks,
      `export async function resolve(name, context, next) {
        if (/onnxruntime|read-checkpoint/.test(name)) throw new Error('must not be loaded: ' + name)
        return next(name, context)
      }`,
    )
    const register = join(folder, 'register.mjs')
    writeFileSync(
      register,
      `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(hooks).href)})`,
    )
    const { exitCode, stdout, stderr } = await runAssay(
      ['sim', '--frozen', old, '--array', '8x8x2', '--out', out, '--quiet', '--json', ...few],
      { env: { NODE_OPTIONS: `--import ${pathToFileURL(register).href}` } },
    )
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    const { verdict, layers } = JSON.parse(stdout) as { verdict: string; layers: { name: string }[] }
    expect(verdict).toBe('exact')
    expect(layers.map(({ name }) => name)).toEqual(['model.0', 'model.22.cv2.2.2'])
  })

  test('is a second check of the reference model: another digest is red', async () => {
    const set = await copySet((at) => {
      const path = join(at, 'frozen.json')
      const text = readFileSync(path, 'utf8')
      // A layer of which only the digest is kept.
      const line = text.split('\n').find((each) => each.includes('"name":"model.4.cv1"'))!
      const digest = /"digest":"([0-9a-f]+)"/.exec(line)![1]!
      writeFileSync(
        path,
        text.replace(
          digest,
          digest.replace(/^./, (c) => (c === '0' ? '1' : '0')),
        ),
      )
    })
    const { exitCode, stderr } = await check(set, ...few)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/computes 1 of \d+ layers differently from the frozen set, first model\.4\.cv1/)
  })

  test.each([
    { because: 'a changed graph', file: 'graph.assay', says: /graph is not the one that was frozen/ },
    { because: 'changed codes', file: 'layers/model.0.npy', says: /codes of model\.0 are not those/ },
  ])('refuses $because', async ({ file, says }) => {
    const set = await copySet((at) => {
      const bytes = readFileSync(join(at, file))
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(join(at, file), bytes)
    })
    const { exitCode, stderr } = await check(set, ...few)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(says)
  })

  test('refuses a set that is cut short, and a folder that is none', async () => {
    const set = await copySet((at) => {
      const text = readFileSync(join(at, 'frozen.json'), 'utf8')
      writeFileSync(join(at, 'frozen.json'), text.slice(0, text.length / 2))
    })
    expect((await check(set)).exitCode).toBe(2)
    const { exitCode, stderr } = await check(join(folder, 'none'))
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/frozen\.json: no such file/)
  })
})

describe('assay diff', () => {
  test('finds nothing between a set and the same frozen again', async () => {
    const again = join(folder, 'again')
    await freeze(again, '--layers', 'model.0,model.22.cv2.2.2')
    expect(readFileSync(join(again, 'frozen.json'))).toEqual(readFileSync(join(old, 'frozen.json')))
    const { exitCode, stdout } = await runAssay(['diff', old, again])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/Nothing changed: all \d+ layers/)
  })

  test('names what another image changes, and counts codes where both have them all', async () => {
    const other = join(folder, 'other')
    await freeze(other, '--layers', 'model.0', '--image', join(IMAGES, '000001.png'))
    const { exitCode, stdout } = await runAssay(['diff', old, other])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('image 000000.png -> 000001.png')
    expect(stdout).toMatch(/^model\.0 +changed +\d+ of 51200 codes differ, by \d+ at most$/m)
    expect(stdout).toMatch(/^model\.1 +changed +codes differ$/m)
    expect(stdout).not.toContain('scale')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('names scales and bits that changed', async () => {
    const other = join(folder, 'bits')
    await freeze(other, '--activation-bits', '6')
    const { stdout } = await runAssay(['diff', old, other])
    expect(stdout).toContain('bits W8A8P10 -> W8A6P10')
    expect(stdout).toMatch(/^model\.0 +changed +bits 8 -> 6\n +scale \S+ -> \S+/m)
  })
})
