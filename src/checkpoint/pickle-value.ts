/** The plain data that a pickle becomes. An object is an inert record of its class's name and state; no class is ever looked up. */
import type { DType, Tensor } from './tensor.ts'

export interface PickleGlobal {
  readonly kind: 'global'
  /** Module and name with a dot between, e.g. `torch.nn.modules.conv.Conv2d`. */
  readonly path: string
}

export interface PickleObject {
  readonly kind: 'object'
  readonly className: string
  readonly args: readonly PickleValue[]
  /** What BUILD set; null if nothing did. */
  state: PickleValue
  /** What an object holds whose class is derived from a list or a set. */
  items?: PickleValue[]
  /** What an object holds whose class is derived from a dict. */
  entries?: Map<PickleValue, PickleValue>
}

export interface PickleStorage {
  readonly kind: 'storage'
  /** null for an untyped storage, whose tensors name their own type. */
  readonly dtype: DType | null
  readonly key: string
  readonly bytes: Uint8Array
}

/** Lists and tuples are arrays. Integers beyond 2^53 are bigints. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleGlobal
  | PickleObject
  | PickleStorage
  | Tensor

export function isObject(value: PickleValue | undefined): value is PickleObject {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'object'
}

export function isTensor(value: PickleValue | undefined): value is Tensor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor'
}

export function isGlobal(value: PickleValue | undefined): value is PickleGlobal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global'
}

export function isStorage(value: PickleValue | undefined): value is PickleStorage {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'storage'
}

/** A dict, or what an object of a class derived from one holds. */
export function dictOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> | undefined {
  return value instanceof Map ? value : isObject(value) ? value.entries : undefined
}

/** The value as a sentence can show it, short. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'None'
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `a sequence of ${value.length}`
  if (value instanceof Map) return `a dict of ${value.size}`
  if (value instanceof Set) return `a set of ${value.size}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  switch (value.kind) {
    case 'global':
      return value.path
    case 'object':
      return `a ${value.className}`
    case 'storage':
      return `storage ${value.key}`
    case 'tensor':
      return `a tensor of shape [${value.shape}]`
  }
}
