/** A layer's key of the user's module: one SHA-256 of everything that decides its verdict. */
import { type EvidenceStore, evidenceKey } from '../../store/evidence.ts'
import { sha256 } from '../../store/hash.ts'
import type { Golden } from '../bench/reference.ts'
import type { BuiltLayer, OwnBench } from './open.ts'

/**
 * All that a run of the layer is given is in it, except what is left out by name: folders of the cache. The configuration is that of
 * the layer, so that a function in it counts by its value. What the module is sent comes of the layer, its golden inputs and the
 * configuration; the RTL and the tools are in the built model's key.
 */
export function keyLayer(
  store: EvidenceStore,
  { layer, own, built }: Omit<BuiltLayer, 'buildSeconds'>,
  golden: Golden,
  { cacheDir: _cacheDir, ...at }: OwnBench,
): string {
  const { node } = layer
  const tensors = ['inputs' in node ? node.inputs : [], node.name].flat()
  const parts = [
    built.meaning,
    own.folder,
    own.config,
    layer,
    tensors.map((name) => [name, golden.get(name)]),
    at,
  ]
  return evidenceKey(store, "layer of one's own", [JSON.stringify(parts, describeValue)])
}

/** What JSON would lose: numbers of any size, typed arrays, values that are no numbers, and what is not there. */
export function describeValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) }
  if (!ArrayBuffer.isView(value)) return requirePlain(value)
  const { buffer, byteOffset, byteLength } = value
  return { [value.constructor.name]: sha256(new Uint8Array(buffer, byteOffset, byteLength)) }
}

/** @throws TypeError for what JSON would leave out: functions, maps, sets. */
function requirePlain(value: unknown): unknown {
  const isData =
    typeof value === 'object'
      ? value === null || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
      : typeof value !== 'function' && typeof value !== 'symbol'
  if (isData) return value
  throw new TypeError(`Expected data in the key of a proof, got ${Object.prototype.toString.call(value)}`)
}
