/**
 * The allow-list: every global that a YOLOv8 checkpoint may name, and what calling it means here. Functions are our own; classes
 * become inert records. A global that is not on the list ends the reading before anything is made of it.
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
])

/** Classes kept as records: what they hold is read where it is needed, and never run. */
const RECORDS: readonly RegExp[] = [
  /^torch\.nn\.modules\.[a-z_]+\.[A-Z]\w*$/,
  /^torch\.nn\.parameter\.(Parameter|Buffer)$/,
  /^torch\.device$/,
  /^ultralytics\.nn\.(modules|tasks)(\.[a-z_]+)?\.[A-Za-z]\w*$/,
  /^ultralytics\.(yolo\.)?utils\.(IterableSimpleNamespace|(loss|tal)\.\w+)$/,
  /^(numpy)\.(dtype|ndarray|bool_?|(u?int|float)\d+)$/,
  /^numpy\.dtypes\.\w+DType$/,
  /^numpy\.(core|_core)\.multiarray\._reconstruct$/,
  /^pathlib(\._local)?\.(Pure)?(Posix|Windows)?Path$/,
  /^datetime\.(datetime|date|time|timedelta|timezone)$/,
  /^types\.SimpleNamespace$/,
  /^argparse\.Namespace$/,
]

const OTHER_TASKS: ReadonlyMap<string, string> = new Map([
  ['SegmentationModel', 'a segmentation'],
  ['PoseModel', 'a pose'],
  ['ClassificationModel', 'a classification'],
  ['OBBModel', 'an oriented-box'],
  ['WorldModel', 'an open-vocabulary'],
  ['YOLOEModel', 'an open-vocabulary'],
  ['RTDETRDetectionModel', 'an RT-DETR'],
])

/** Python 2's name of `builtins`, which protocol 2 writes, is dropped along with the new one. */
export function normaliseGlobal(module: string, name: string): string {
  return module === '__builtin__' || module === 'builtins' ? name : `${module}.${name}`
}

/** Throws InputError unless the global is on the list. */
export function checkGlobal(path: string, where: string, fileName: string): void {
  const task = /^ultralytics\.(?:yolo\.)?nn\.tasks\.(\w+)$/.exec(path)
  const other = task && OTHER_TASKS.get(task[1] ?? '')
  if (other) {
    throw new InputError(
      `this is ${other} checkpoint (${path}).`,
      fileName,
      'Assay reads YOLOv8 detection checkpoints, such as yolov8n.pt.',
    )
  }
  if (/^models\.(yolo|common|experimental)\./.test(path)) {
    throw new InputError(
      `this is a YOLOv5 or YOLOv7 checkpoint (it names ${path}).`,
      fileName,
      'Assay reads YOLOv8 detection checkpoints, such as yolov8n.pt.',
    )
  }
  const known = CALLS.has(path) || STORAGE_TYPES.has(path) || TORCH_DTYPES.has(path)
  if (known || RECORDS.some((pattern) => pattern.test(path))) return
  throw new InputError(
    `the pickle names ${JSON.stringify(path.slice(0, 120))}, which no YOLOv8 checkpoint needs; nothing was run.`,
    where,
    'Do not load this file with other tools unless you trust its author.',
  )
}

/** What calling an allowed global gives: our own function's result, or a record. */
export function callGlobal(path: string, args: readonly PickleValue[], where: string): PickleValue {
  const call = CALLS.get(path)
  if (call) return call(args, where)
  return { kind: 'object', className: path, args, state: null }
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
