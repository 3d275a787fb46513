/** Reads the attributes of checkpoint modules, each with an error that names the module and what it holds instead. */

import type { CheckpointModule } from '../checkpoint/module-tree.ts'
import { describeValue, type PickleValue } from '../checkpoint/pickle-value.ts'
import { type Tensor, toFloat32 } from '../checkpoint/tensor.ts'
import { InputError } from '../input/input-error.ts'

/** `Conv2d` of `torch.nn.modules.conv.Conv2d`. */
export function shortClass(module: CheckpointModule): string {
  return module.className.slice(module.className.lastIndexOf('.') + 1)
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
  const tensor: Tensor | null | undefined = module.parameters.get(name) ?? module.buffers.get(name)
  const where = `${module.path}.${name}`
  if (!tensor) throw new InputError('the tensor is missing from the checkpoint.', where)
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

/** Class and path, for sentences. */
export function describeModule(module: CheckpointModule): string {
  return `${module.path === '' ? 'the model' : module.path} (${shortClass(module)})`
}
