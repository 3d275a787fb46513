/** Reads the checkpoint of a YOLOv8 detector: a torch zip archive (1.6 and later) around a pickle. */
import { InputError } from '../input/input-error.ts'
import { type CheckpointModule, listState, readModuleTree } from './module-tree.ts'
import { readPickle } from './pickle.ts'
import { STORAGE_TYPES } from './pickle-globals.ts'
import {
  describeValue,
  dictOf,
  isGlobal,
  isObject,
  isTensor,
  type PickleObject,
  type PickleStorage,
  type PickleValue,
} from './pickle-value.ts'
import { type DType, ITEM_BYTES, type Tensor, toFloat32 } from './tensor.ts'
import { openZip, type ZipArchive } from './zip.ts'

/** A plain copy of what the checkpoint's yaml or training arguments hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

export interface Checkpoint {
  /** As given by the caller; messages name it. */
  readonly fileName: string
  /** The detection model; its layers are the children of its child `model`. */
  readonly root: CheckpointModule
  /** The architecture's description as the author wrote it, or null. */
  readonly yaml: { readonly [key: string]: JsonValue } | null
  /** Class names by index. */
  readonly names: readonly string[]
  /** Strides of the detect head, e.g. 8, 16, 32; empty if the checkpoint does not say. */
  readonly stride: readonly number[]
  /** Parameters and buffers by name, in torch's order. Widen one with `toFloat32`. */
  readonly state: ReadonlyMap<string, Tensor>
  /** Type of most of the parameters. */
  readonly dtype: DType
  /** The training's own image size in pixels, or null. */
  readonly imageSize: readonly [height: number, width: number] | null
}

const ADVICE = 'Assay reads YOLOv8 detection checkpoints, such as yolov8n.pt.'
const MAX_CLASSES = 65_536

/**
 * The model in a checkpoint's bytes: the one under `ema` where there is one, else under `model`. Throws InputError for whatever is
 * not a sound checkpoint of a detection model.
 */
export async function readCheckpoint(bytes: Uint8Array, fileName: string): Promise<Checkpoint> {
  const zip = await openZip(bytes, fileName)
  const { pickle, prefix } = findPickle(zip, fileName)
  const order = zip.read(`${prefix}byteorder`)
  if (order && Buffer.from(order).toString('latin1').trim() !== 'little') {
    throw new InputError(
      'the tensors were saved in big-endian order.',
      fileName,
      'Save the file again on a PC.',
    )
  }
  const entries = new Map<string, Uint8Array>()
  const top = readPickle({
    bytes: pickle,
    where: `${fileName}:${prefix}data.pkl`,
    fileName,
    fileBytes: bytes.length,
    loadPersistent: (id, where) => loadStorage(id, where, zip, prefix, entries),
  })
  const root = readModuleTree(findModel(top, fileName), fileName)
  if (!/\.DetectionModel$/.test(root.className)) {
    throw new InputError(`expected a DetectionModel, got ${root.className}.`, fileName, ADVICE)
  }
  const state = listState(root)
  const yaml = toJson(root.attributes.get('yaml') ?? null)
  return {
    fileName,
    root,
    yaml: yaml !== null && typeof yaml === 'object' && !Array.isArray(yaml) ? yaml : null,
    names: readNames(root.attributes.get('names'), fileName),
    stride: readStride(root.attributes.get('stride')),
    state,
    dtype: mostCommonType(state),
    imageSize: readImageSize(dictOf(top)?.get('train_args')) ?? readImageSize(root.attributes.get('args')),
  }
}

function findPickle(zip: ZipArchive, fileName: string): { pickle: Uint8Array; prefix: string } {
  const found = zip.names.filter((name) => /^[^/]*\/data\.pkl$/.test(name) || name === 'data.pkl')
  const [name] = found
  const pickle = name === undefined ? undefined : zip.read(name)
  if (found.length !== 1 || name === undefined || pickle === undefined) {
    throw new InputError(
      `expected a zip archive with one data.pkl, got ${found.length} of them.`,
      fileName,
      ADVICE,
    )
  }
  const prefix = name.slice(0, -'data.pkl'.length)
  if (zip.names.includes(`${prefix}constants.pkl`)) {
    throw new InputError('this is a TorchScript archive, not a checkpoint.', fileName, ADVICE)
  }
  return { pickle, prefix }
}

/** torch's persistent ids: ('storage', class, key, location, element count). */
function loadStorage(
  id: PickleValue,
  where: string,
  zip: ZipArchive,
  prefix: string,
  entries: Map<string, Uint8Array>,
): PickleStorage {
  const [tag, type, key, , count] = Array.isArray(id) ? id : []
  const dtype = isGlobal(type) ? STORAGE_TYPES.get(type.path) : undefined
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || typeof count !== 'number') {
    throw new InputError(`expected a reference to a storage, got ${describeValue(id)}.`, where)
  }
  const needed = count * (dtype === null ? 1 : ITEM_BYTES[dtype])
  if (!Number.isSafeInteger(needed) || needed < 0)
    throw new InputError(`storage ${key} claims ${count} elements.`, where)
  // Inflated once, however often it is referred to.
  const bytes = entries.get(key) ?? zip.read(`${prefix}data/${key}`)
  if (!bytes || bytes.length < needed) {
    const got = bytes ? `has ${bytes.length} bytes; ${needed} are needed` : 'is missing from the archive'
    throw new InputError(`storage ${key} ${got}.`, where, 'The file is damaged; copy or download it again.')
  }
  entries.set(key, bytes)
  return { kind: 'storage', dtype, key, bytes: bytes.subarray(0, needed) }
}

function findModel(top: PickleValue, fileName: string): PickleValue {
  if (isObject(top)) return unwrap(top)
  if (!(top instanceof Map)) {
    throw new InputError(`expected a dict with a model, got ${describeValue(top)}.`, fileName, ADVICE)
  }
  const model = top.get('ema') ?? top.get('model') ?? null
  if (isObject(model)) return unwrap(model)
  const values = model instanceof Map ? [...model.values()] : [...top.values()]
  if (values.some(isTensor)) {
    throw new InputError(
      'this is a state dict: it has weights but no description of the network.',
      fileName,
      'Give the checkpoint that the training wrote (best.pt or last.pt).',
    )
  }
  throw new InputError(
    `expected a model under 'ema' or 'model', got ${describeValue(model)}.`,
    fileName,
    ADVICE,
  )
}

/** What holds a network, by the last part of its class, and the name under which it does. */
const WRAPPERS: ReadonlyMap<string, string> = new Map([
  ['DataParallel', 'module'],
  ['DistributedDataParallel', 'module'],
  ['OptimizedModule', '_orig_mod'],
  ['ModelEMA', 'ema'],
  ['YOLO', 'model'],
])
const MOST_WRAPPERS = 8

/** The network inside of what several devices, a compiler or an average of weights put around it. */
function unwrap(model: PickleObject): PickleValue {
  let inner: PickleValue = model
  for (let depth = 0; isObject(inner) && depth < MOST_WRAPPERS; depth++) {
    const { className, state }: PickleObject = inner
    const name = WRAPPERS.get(className.slice(className.lastIndexOf('.') + 1))
    const own: ReadonlyMap<PickleValue, PickleValue> | undefined =
      name === undefined ? undefined : dictOf(state)
    if (name === undefined || own === undefined) break
    inner = dictOf(own.get('_modules'))?.get(name) ?? own.get(name) ?? null
  }
  return inner
}

function readNames(value: PickleValue | undefined, fileName: string): string[] {
  const pairs: [PickleValue, PickleValue][] = Array.isArray(value)
    ? value.map((name, index) => [index, name])
    : [...(dictOf(value) ?? [])]
  const names: string[] = []
  for (const [index, name] of pairs) {
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= MAX_CLASSES) {
      throw new InputError(`expected class names by index, got ${describeValue(index)}.`, fileName)
    }
    // Names are printed: no control character may reach a terminal.
    names[index] = typeof name === 'string' ? name.replaceAll(/\p{Cc}/gu, '?') : String(index)
  }
  return Array.from(names, (name, index) => name ?? String(index))
}

function readStride(value: PickleValue | undefined): number[] {
  return isTensor(value) ? [...toFloat32(value, 'stride')] : []
}

/** `imgsz` of a dict or a namespace: a number, or height and width; some tools write texts. */
function readImageSize(args: PickleValue | undefined): Checkpoint['imageSize'] {
  const size = (dictOf(args) ?? (isObject(args) ? dictOf(args.state) : undefined))?.get('imgsz')
  const sides = (Array.isArray(size) ? size : [size]).map((side) =>
    typeof side === 'string' && /^\d+$/.test(side) ? Number(side) : side,
  )
  const [height, width = height] = sides
  return sides.length <= 2 && typeof height === 'number' && typeof width === 'number' ? [height, width] : null
}

function mostCommonType(state: ReadonlyMap<string, Tensor>): DType {
  const counts = new Map<DType, number>()
  for (const { dtype } of state.values()) counts.set(dtype, (counts.get(dtype) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'float32'
}

/** Depth and count are bounded, so that a list that holds itself ends; what is beyond becomes null. */
function toJson(value: PickleValue, depth = 0, budget = { items: 10_000 }): JsonValue {
  budget.items -= 1
  if (depth > 8 || budget.items < 0) return null
  if (
    value === null ||
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'string'
  ) {
    return value
  }
  if (Array.isArray(value)) return value.slice(0, 1000).map((item) => toJson(item, depth + 1, budget))
  if (!(value instanceof Map)) return null
  const entries = [...value].slice(0, 1000)
  return Object.fromEntries(entries.map(([key, item]) => [describeKey(key), toJson(item, depth + 1, budget)]))
}

function describeKey(key: PickleValue): string {
  return typeof key === 'string' ? key : describeValue(key)
}
