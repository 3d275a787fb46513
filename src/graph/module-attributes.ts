/** Reads the attributes of checkpoint modules, each with an error that names the module and what it holds instead. */

import type { CheckpointModule } from '../checkpoint/module-tree.ts'
import { describeValue, isObject, type PickleValue } from '../checkpoint/pickle-value.ts'
import { type Tensor, toFloat32 } from '../checkpoint/tensor.ts'
import { InputError } from '../input/input-error.ts'

/** `Conv2d` of `torch.nn.modules.conv.Conv2d`. */
export function shortClass(module: CheckpointModule): string {
  return module.className.slice(module.className.lastIndexOf('.') + 1)
}

/** Methods that compute what `forward` does: of a batch norm that is folded in, and of a split in place of a chunk. */
const SAME_FORWARD = ['forward', 'forward_fuse', 'forward_split']

/**
 * The method that a module runs: one that a tool has bound to it in place of `forward`, as the original does where it folds batch norms, is
 * stored as `getattr(module, 'forward_fuse')`.
 *
 * @throws InputError for one that computes something else.
 */
export function forwardOf(module: CheckpointModule): string {
  const bound = module.attributes.get('forward')
  if (bound === undefined) return 'forward'
  const name = isObject(bound) && bound.className === 'getattr' ? bound.args[1] : undefined
  if (typeof name === 'string' && SAME_FORWARD.includes(name)) return name
  // Without its batch norm a convolution has nothing left to compute differently.
  if (shortClass(module) === 'Conv' && !module.children.has('bn')) return 'forward_fuse'
  throw new InputError(
    `${describeModule(module)} computes with ${typeof name === 'string' ? name : describeValue(bound)} in place of its forward, and what that does is not in the file.`,
    module.path,
    'Save the model as it was before a tool changed it.',
  )
}

/** The child of this name. Throws InputError if there is none. */
export function getChild(module: CheckpointModule, name: string): CheckpointModule {
  const child = module.children.get(name)
  if (!child) throw new InputError(`expected ${describeModule(module)} to have a child ${name}.`, module.path)
  return child
}

/** A whole number, or `fallback` where the attribute is absent. */
export function getInteger(module: CheckpointModule, name: string, fallback?: number): number {
  const value = module.attributes.get(name) ?? fallback
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new InputError(`expected ${name} to be a whole number, got ${describeValue(value)}.`, module.path)
  }
  return value
}

/** A number that is the same along both axes, as `kernel_size` is `3` or `(3, 3)`. */
export function getSquare(module: CheckpointModule, name: string): number {
  const value = module.attributes.get(name)
  const pair: readonly (PickleValue | undefined)[] = Array.isArray(value) ? value : [value, value]
  const [first, second] = pair
  if (typeof first !== 'number' || first !== second || pair.length !== 2 || !Number.isInteger(first)) {
    throw new InputError(
      `expected ${name} to be one number for both axes, got ${describeValue(value)}.`,
      module.path,
    )
  }
  return first
}

/**
 * The parameter or buffer as float32. Throws InputError if it is missing, has another shape, or holds a value that is not
 * finite.
 */
export function getTensor(module: CheckpointModule, name: string, shape: readonly number[]): Float32Array {
  const where = `${module.path}.${name}`
  const mask = findTensor(module, `${name}_mask`)
  const whole = findTensor(module, `${name}_orig`)
  if (mask && whole) {
    // torch.nn.utils.prune, until its `remove` is called, multiplies them before each pass.
    const kept = readTensor(mask, shape, `${where}_mask`)
    return readTensor(whole, shape, `${where}_orig`).map((value, index) => value * kept[index]!)
  }
  const tensor = findTensor(module, name)
  if (!tensor) throw new InputError(describeMissing(module, name), where)
  return readTensor(tensor, shape, where)
}

/**
 * As `getTensor`; null for one that the module does without: it holds None, or neither the tensor nor parts that it is made of.
 */
export function getOptionalTensor(
  module: CheckpointModule,
  name: string,
  shape: readonly number[],
): Float32Array | null {
  const isMade = listParts(module, name).length > 0 || isParametrised(module, name)
  return isMade || findTensor(module, name) ? getTensor(module, name, shape) : null
}

const findTensor = (module: CheckpointModule, name: string): Tensor | null | undefined =>
  module.parameters.get(name) ?? module.buffers.get(name)

const listParts = (module: CheckpointModule, name: string): readonly string[] =>
  [...module.parameters.keys(), ...module.buffers.keys()].filter((own) => own.startsWith(`${name}_`))

const isParametrised = (module: CheckpointModule, name: string): boolean =>
  module.children.get('parametrizations')?.children.has(name) ?? false

/** What is there in place of a tensor: that of `weight_norm` and of other parametrisations is made of parts before each pass. */
function describeMissing(module: CheckpointModule, name: string): string {
  const parts = listParts(module, name)
  if (parts.length === 0 && !isParametrised(module, name)) return 'the tensor is missing from the checkpoint.'
  const found = parts.length === 0 ? 'a parametrisation' : parts.join(' and ')
  return `the tensor is computed from ${found}; save the model again once that is removed (remove_weight_norm, remove_parametrizations).`
}

function readTensor(tensor: Tensor, shape: readonly number[], where: string): Float32Array {
  if (tensor.shape.join() !== shape.join()) {
    throw new InputError(`expected shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}].`, where)
  }
  const values = toFloat32(tensor, where)
  const bad = findNonFinite(values)
  if (bad >= 0) {
    throw new InputError(
      `element ${bad} is ${values[bad]}; every weight must be finite.`,
      where,
      'The training diverged or overflowed half precision: use an earlier checkpoint.',
    )
  }
  return values
}

function findNonFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) {
    // Infinity less itself is not a number, and no number is unequal to itself.
    const difference = values[i]! - values[i]!
    if (difference !== 0) return i
  }
  return -1
}

/** Of torch.nn.utils.prune: they make a tensor of its `_orig` and its `_mask`, as `getTensor` does. */
const PRUNING = /^torch\.nn\.utils\.prune\.\w+$/

/** @throws InputError for a hook, which may compute anything. */
export function checkHooks(module: CheckpointModule): void {
  const hook = module.hooks.find((name) => !PRUNING.test(name))
  if (hook === undefined) return
  throw new InputError(
    `${describeModule(module)} has the forward hook ${hook}, and what that does is not in the file.`,
    module.path,
    'Remove it in torch (its handle has `remove()`; for weight_norm and spectral_norm there are remove_weight_norm and remove_spectral_norm), and save the model again.',
  )
}

/** Class and path, for sentences. */
export function describeModule(module: CheckpointModule): string {
  return `${module.path === '' ? 'the model' : module.path} (${shortClass(module)})`
}
