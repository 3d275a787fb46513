/** Readers of what Assay keeps for itself. Where a checksum guards a file, the damage is done below it: a hostile file has a right one. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSafetensors } from '../../../src/artefacts/safetensors.ts'
import { ToolError } from '../../../src/input/tool-error.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { unpackLayer } from '../../../src/pipeline/model/kept-layers.ts'
import { findQuantised } from '../../../src/pipeline/model/quantised-cache.ts'
import { outcomeSchema } from '../../../src/pipeline/proof/outcomes.ts'
import { checkRomFiles } from '../../../src/pipeline/roms/files.ts'
import { writeRomFiles } from '../../../src/pipeline/roms/write.ts'
import { decodeRecord, encodeRecord } from '../../../src/pipeline/validate/cache.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { moduleInterface } from '../../../src/simulate/boundary/module-interface.ts'
import { readEvidence } from '../../../src/store/evidence.ts'
import { hashParts, sha256 } from '../../../src/store/hash.ts'
import { ownIdentity } from '../../../src/store/identity.ts'
import { readSealedNow, seal, textOf } from '../../../src/store/kept.ts'
import { hashLibraries } from '../../../src/store/library-hash.ts'
import { takeLock } from '../../../src/store/lock.ts'
import { randomGraph } from '../../golden/random-graph.ts'
import { BOXES, makeLayer } from '../../report/shard-reports.ts'
import { json, makeFolder, readsFile, text, utf8 } from '../files.ts'
import type { Reader } from '../fuzz.ts'
import { smallModel } from './models.ts'

export async function cacheReaders(): Promise<readonly Reader[]> {
  return [...sealReaders(), ...modelReaders(), await manifestReader()]
}

const boxes = { boxes: { result: BOXES, detected: { boxes: [], candidates: 0, overflow: false } } }

function sealReaders(): readonly Reader[] {
  const folder = makeFolder()
  const [sealed, lock, key] = [join(folder, 'a.json'), join(folder, 'a.lock'), 'a'.repeat(64)]
  const module = {
    name: 'm',
    ports: [{ name: 'clk', direction: 'input', width: 1, signed: false, elements: null }],
    parameters: [
      { name: 'P', local: false, width: 64, signed: false, value: { bigint: '18446744073709551615' } },
    ],
  }
  const kept = (value: unknown) => ({ provedAt: '2026-01-01T00:00:00.000Z', value })
  const entry = (own: unknown): string => sha256(textOf((own as { kept?: unknown } | null)?.kept ?? null))
  const evidence = { format: 'assay evidence', version: 1, key }
  const store = { folder, programHash: 'p' }
  return [
    {
      name: 'seal',
      seeds: [text(seal(module))],
      isJson: true,
      read: readsFile(sealed, () => readSealedNow(sealed, moduleInterface)),
    },
    {
      name: 'sealed-value',
      seeds: [json(module)],
      isJson: true,
      read: (bytes) => {
        const value = utf8(bytes)
        const sum = hashParts([plainOf(value)])
        writeFileSync(sealed, `{"format":"assay kept 5","sha256":"${sum}","value":${value}}`)
        return readSealedNow(sealed, moduleInterface)
      },
    },
    {
      name: 'evidence',
      seeds: [
        { kind: 'layer', layer: makeLayer('a', 3) },
        { kind: 'boxes', ...boxes },
      ].map((outcome) => json({ ...evidence, kept: kept(outcome) })),
      isJson: true,
      read: (bytes) => {
        const whole = utf8(bytes).replace(/^\{/, `{"sha256":"${entry(parsed(utf8(bytes)))}",`)
        writeFileSync(join(folder, `${key}.json`), whole)
        return readEvidence(store, key, outcomeSchema)
      },
    },
    {
      name: 'lock-owner',
      seeds: [text(`${JSON.stringify(ownIdentity())}\nabc\n`)],
      words: ['"pid":1', '"start":0', '"home":""', '\n'],
      weight: 0.3,
      // A living holder keeps the lock; what names none is taken over.
      read: async (bytes) => {
        writeFileSync(lock, bytes)
        const own = await takeLock(lock, { silentMs: -1, mostMs: -1 }).catch((error: unknown) => {
          if (error instanceof ToolError) return null
          throw error
        })
        await own?.release()
        return own === null ? 'held' : null
      },
    },
  ]
}

const parsed = (own: string): unknown => {
  try {
    return JSON.parse(own)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
const plainOf = (own: string): string => textOf(parsed(own))

function modelReaders(): readonly Reader[] {
  const folder = makeFolder()
  const record = {
    boxes: [Float32Array.of(1, 2, 3, 4, 0.5, 0)],
    candidates: 7,
    mismatch: null,
    cycles: 9,
    seconds: 1,
  }
  const file = encodeRecord(record)
  const begin = 12 + new DataView(file.buffer).getUint32(8, true)
  const withSum = (body: Uint8Array): Uint8Array =>
    Buffer.concat([createHash('sha256').update(body).digest().subarray(0, 8), body])
  const withHeader = (header: Uint8Array): Uint8Array => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(Math.ceil(header.length / 4) * 4)
    const padding = Buffer.alloc((4 - (header.length % 4)) % 4, ' ')
    return withSum(Buffer.concat([length, header, padding, file.subarray(begin)]))
  }
  const candidate = { observer: 'mse', low: -1, high: 1, signalToNoise: 40, outputError: null }
  const range = {
    ...{ low: -1, high: 1, key: 'a', kind: 'tensor', tensors: ['a'], observer: 'max', bits: 8, clipped: 0 },
    ...{ signalToNoise: 41.5, candidates: [candidate] },
    histograms: [{ tensor: 'a', min: -1, max: 1, origin: -1, width: 0.1, shares: [0.5, 0.5] }],
  }
  const report = {
    ranges: [range],
    effort: 'fast',
    techniques: ['refit'],
    equalisedPairs: 0,
    refinement: {
      ...{ images: 8, heldBack: 2, kept: 'fast', outputError: { chosen: 0.2, fast: 0.1 } },
      layers: [{ layer: 'a', ridge: null, damping: 0.1, nearest: 2, chosen: 1 }],
    },
    distillation: { steps: 5, images: 6, divergence: { before: 2, after: 1 }, kept: true },
    bitSearch: null,
    overflows: [],
    oddities: ['o'],
  }
  const layer = writeSafetensors({
    tensors: new Map([
      ['codes', { shape: [3], data: Int8Array.of(1, 2, 3) }],
      ['scale', { shape: [1], data: Float64Array.of(0.5) }],
      ['choice', { shape: [4], data: Float64Array.of(0.3, 0.01, 2, 1) }],
    ]),
    metadata: new Map(),
  })
  return [
    { name: 'finished-image', seeds: [file], read: decodeRecord },
    {
      name: 'finished-image-body',
      seeds: [file.subarray(8)],
      read: (bytes) => decodeRecord(withSum(bytes)),
    },
    {
      name: 'finished-image-header',
      seeds: [file.subarray(12, begin)],
      isJson: true,
      read: (bytes) => decodeRecord(withHeader(bytes)),
    },
    {
      name: 'kept-layer',
      seeds: [layer],
      words: ['"data_offsets"', '[0,99999999]', '"F64"'],
      read: (bytes) => unpackLayer(Buffer.concat([createHash('sha256').update(bytes).digest(), bytes])),
    },
    {
      name: 'quantised-report',
      seeds: [json(report)],
      isJson: true,
      weight: 0.3,
      read: (bytes) => {
        writeFileSync(join(folder, 'k.assay'), smallModel)
        writeFileSync(join(folder, 'k.json'), bytes)
        writeFileSync(join(folder, 'k.sha256'), `${sha256(smallModel)}  k.assay\n${sha256(bytes)}  k.json\n`)
        return findQuantised(folder, 'k', silent)
      },
    },
    libraryReader(),
  ]
}

/** Whatever the cache says, the hash is that of the libraries themselves. */
function libraryReader(): Reader {
  const [home, cache] = [makeFolder('node_modules/a'), makeFolder()]
  writeFileSync(join(home, 'package.json'), '{"dependencies":{"a":"1"}}')
  writeFileSync(join(home, 'node_modules/a/package.json'), '{"version":"1.0.0"}')
  const path = join(cache, 'libraries.json')
  // What is known of a folder is asked once a process.
  let asked = 0
  const hash = (from: string | null) => hashLibraries(join(home, String(asked++)), from)
  const expected = hash(null)
  const kept = { state: 's', sha256: 'x', dependencies: ['b'], native: { 'a.node': ['s', 'x'] } }
  return {
    name: 'libraries',
    seeds: [text(seal({ [join(home, 'node_modules/a')]: kept }))],
    isJson: true,
    read: (bytes) => {
      mkdirSync(cache, { recursive: true })
      writeFileSync(path, bytes)
      if (hash(cache) !== expected) throw new Error('the hash is that of the cache')
      return true
    },
  }
}

async function manifestReader(): Promise<Reader> {
  const folder = makeFolder()
  const engine = { ...DEFAULT_ENGINE, inputLanes: 8, outputLanes: 8, pixels: 2, tableBits: 10 }
  const nms = { minCode: 128, iouThreshold: 717, capacity: 1024, maxDetections: 300, multiLabel: false }
  const roms = emitRoms(randomGraph({ seed: 3, tableBits: 10 }), engine, 7, nms)
  const manifest = await writeRomFiles(folder, roms, 'net.pt')
  return {
    name: 'rom-manifest',
    seeds: [json(manifest)],
    isJson: true,
    weight: 0.3,
    file: folder,
    read: readsFile(join(folder, 'manifest.json'), () => checkRomFiles(folder, roms).then(() => true)),
  }
}
