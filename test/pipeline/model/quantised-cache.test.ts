import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { IntegerGraph } from '../../../src/golden/types.ts'
import { type Progress, silent } from '../../../src/pipeline/files/progress.ts'
import type { QuantisationReport } from '../../../src/pipeline/model/quantise-model.ts'
import { findQuantised, keepQuantised } from '../../../src/pipeline/model/quantised-cache.ts'
import { decodeRecord, encodeRecord } from '../../../src/pipeline/validate/cache.ts'
import { makeFolder } from '../prepared.ts'

const integer: IntegerGraph = {
  nodes: [{ op: 'input', name: 'images', shape: [3, 4, 4], quant: { scale: 1, zeroPoint: 0, bits: 8 } }],
  detect: { name: 'model.22', levels: [{ stride: 8, box: 'b', cls: 'c' }], regMax: 1, classes: ['a'] },
  head: null,
  aliases: new Map(),
  weightBits: 8,
  activationBits: 8,
}
const report: QuantisationReport = {
  ranges: [],
  effort: 'fast',
  techniques: [],
  equalisedPairs: 0,
  bitSearch: null,
  overflows: [],
  refinement: null,
  distillation: null,
  oddities: ['odd'],
}

function listen(): { readonly progress: Progress; readonly warnings: string[] } {
  const warnings: string[] = []
  return { warnings, progress: { ...silent, warn: (text) => void warnings.push(text) } }
}

describe('a quantised model that was kept', () => {
  test('is found again, without a word', async () => {
    const folder = makeFolder()
    const kept = await keepQuantised(folder, 'k', { integer, report })
    const { progress, warnings } = listen()
    expect(await findQuantised(folder, 'k', progress)).toEqual(kept)
    expect(await findQuantised(folder, 'other', progress)).toBeNull()
    expect(warnings).toEqual([])
  })

  const changes: { what: string; change: (bytes: Buffer) => Uint8Array | null }[] = [
    { what: 'emptied', change: () => new Uint8Array(0) },
    { what: 'cut', change: (bytes) => bytes.subarray(0, bytes.length / 2) },
    { what: 'grown', change: (bytes) => Buffer.concat([bytes, Buffer.from(' ')]) },
    {
      what: 'changed by a bit',
      change: (bytes) => {
        bytes[bytes.length - 9]! ^= 1
        return bytes
      },
    },
  ]
  test.each(['assay', 'json', 'sha256'].flatMap((ending) => changes.map((each) => ({ ...each, ending }))))(
    'is made again where its .$ending is $what, and that is said once',
    async ({ ending, change }) => {
      const folder = makeFolder()
      await keepQuantised(folder, 'k', { integer, report })
      const path = join(folder, `k.${ending}`)
      await writeFile(path, change(await readFile(path))!)
      const { progress, warnings } = listen()
      expect(await findQuantised(folder, 'k', progress)).toBeNull()
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatch(/damaged and is made again/)
      const kept = await keepQuantised(folder, 'k', { integer, report })
      expect(await findQuantised(folder, 'k', progress)).toEqual(kept)
    },
  )

  test('is made again where a file of it is gone', async () => {
    for (const ending of ['assay', 'json', 'sha256']) {
      const folder = join(makeFolder(), 'x')
      await mkdir(folder)
      await keepQuantised(folder, 'k', { integer, report })
      await rm(join(folder, `k.${ending}`))
      expect(await findQuantised(folder, 'k', silent)).toBeNull()
    }
  })
})

test('no bit of a finished image can flip unnoticed', () => {
  const record = {
    boxes: [Float32Array.of(1, 2, 3, 4, 0.5, 0)],
    candidates: 7,
    mismatch: null,
    cycles: 9,
    seconds: 1,
  }
  const file = encodeRecord(record)
  expect(decodeRecord(file)).toEqual(record)
  for (let bit = 0; bit < file.length * 8; bit++) {
    const changed = file.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(decodeRecord(changed)).toBeNull()
  }
  for (let length = 0; length < file.length; length++)
    expect(decodeRecord(file.subarray(0, length))).toBeNull()
})
