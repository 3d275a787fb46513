/**
 * What calling a global means here. What makes tensors and plain data is a function of our own; all else, a class or a function,
 * gives an inert record of its name and arguments. No name is ever looked up.
 */
import { InputError } from '../input/input-error.ts'
import { decodeNumpyScalar } from './numpy-scalar.ts'
import { describeValue, isGlobal, isStorage, type PickleValue } from './pickle-value.ts'
import { checkTensor, type DType, type Tensor } from './tensor.ts'

type Call = (args: readonly PickleValue[], where: string) => PickleValue

/** Typed storages, by the class name in module `torch`; null has no type of its own. */
export const STORAGE_TYPES: ReadonlyMap<string, DType | null> = new Map<string, DType | null>([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
  ['torch.storage.UntypedStorage', null],
])

const TORCH_DTYPES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['torch.float64', 'float64'],
  ['torch.float32', 'float32'],
  ['torch.float16', 'float16'],
  ['torch.bfloat16', 'bfloat16'],
  ['torch.int64', 'int64'],
  ['torch.int32', 'int32'],
  ['torch.int16', 'int16'],
  ['torch.int8', 'int8'],
  ['torch.uint8', 'uint8'],
  ['torch.bool', 'bool'],
])

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['collections.OrderedDict', ([items]) => makeDict(items)],
  ['collections.defaultdict', ([, items]) => makeDict(items)],
  ['dict', ([items]) => makeDict(items)],
  ['set', ([items]) => new Set(Array.isArray(items) ? items : [])],
  ['frozenset', ([items]) => new Set(Array.isArray(items) ? items : [])],
  ['list', ([items]) => (Array.isArray(items) ? items : [])],
  ['tuple', ([items]) => (Array.isArray(items) ? items : [])],
  ['bytearray', ([data]) => (data instanceof Uint8Array ? data : new Uint8Array(0))],
  ['bytes', ([data]) => (data instanceof Uint8Array ? data : new Uint8Array(0))],
  ['_codecs.encode', encodeText],
  ['torch.Size', ([dims]) => dims ?? null],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensor],
  ['torch._utils._rebuild_parameter', ([tensor]) => tensor ?? null],
  ['torch._utils._rebuild_parameter_with_state', ([tensor]) => tensor ?? null],
  ['numpy.core.multiarray.scalar', decodeNumpyScalar],
  ['numpy._core.multiarray.scalar', decodeNumpyScalar],
  ['copyreg._reconstructor', reconstruct],
  ['copy_reg._reconstructor', reconstruct],
])

/** Our own function's result, or a record. */
export function callGlobal(path: string, args: readonly PickleValue[], where: string): PickleValue {
  const call = CALLS.get(path)
  if (call) return call(args, where)
  return { kind: 'object', className: path, args, state: null }
}

/** An object of a class, of the class that it is derived from, and of what that holds. */
function reconstruct([type, ...args]: readonly PickleValue[]): PickleValue {
  const className = isGlobal(type) ? type.path : describeValue(type)
  return { kind: 'object', className, args, state: null }
}

function makeDict(items: PickleValue | undefined): PickleValue {
  const dict = new Map<PickleValue, PickleValue>()
  if (items instanceof Map) for (const [key, value] of items) dict.set(key, value)
  if (Array.isArray(items)) {
    for (const pair of items) if (Array.isArray(pair)) dict.set(pair[0] ?? null, pair[1] ?? null)
  }
  return dict
}

function encodeText([text, encoding]: readonly PickleValue[], where: string): PickleValue {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) {
    throw new InputError(`expected a text to encode as latin1, got ${describeValue(encoding)}.`, where)
  }
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

/** _rebuild_tensor(storage, offset, size, stride), v2(… , requires_grad, hooks), v3(… , dtype). */
function rebuildTensor(args: readonly PickleValue[], where: string): PickleValue {
  const [storage, offset, shape, stride] = args
  const named = args[6]
  const dtype = isGlobal(named) ? TORCH_DTYPES.get(named.path) : isStorage(storage) ? storage.dtype : null
  if (
    !isStorage(storage) ||
    !dtype ||
    typeof offset !== 'number' ||
    !isNumbers(shape) ||
    !isNumbers(stride)
  ) {
    throw new InputError(
      `expected a tensor's storage, offset, size and stride, got (${args.slice(0, 8).map(describeValue)}).`,
      where,
    )
  }
  const tensor: Tensor = { kind: 'tensor', dtype, shape, stride, offset, storage: storage.bytes }
  checkTensor(tensor, where)
  return tensor
}

function isNumbers(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every((item) => typeof item === 'number')
}
