/** Turns the pickled records of torch modules into a tree with paths, and the tree into a state dict. */
import { InputError } from '../input/input-error.ts'
import { pathName } from '../input/path-name.ts'
import { describeValue, dictOf, isObject, isTensor, type PickleValue } from './pickle-value.ts'
import type { Tensor } from './tensor.ts'

export interface CheckpointModule {
  /** The module's own name, e.g. `model.2.cv1.conv`; empty for the root. */
  readonly path: string
  /** e.g. `torch.nn.modules.conv.Conv2d`. */
  readonly className: string
  /** Everything that is neither a tensor of the state dict, nor a child, nor torch's own book-keeping. */
  readonly attributes: ReadonlyMap<string, PickleValue>
  readonly children: ReadonlyMap<string, CheckpointModule>
  /** null if the module has the parameter but does without, as a convolution without bias. */
  readonly parameters: ReadonlyMap<string, Tensor | null>
  readonly buffers: ReadonlyMap<string, Tensor | null>
  /** What runs before or after each forward pass: a function's name, or an object's class. */
  readonly hooks: readonly string[]
}

const MAX_DEPTH = 32
const MAX_MODULES = 20_000

/** The tree under a pickled module. Throws InputError if the record is no torch module, or the tree is endless. */
export function readModuleTree(root: PickleValue, fileName: string): CheckpointModule {
  let count = 0

  function read(value: PickleValue, path: string, depth: number): CheckpointModule {
    const where = path === '' ? fileName : `${fileName}:${path}`
    if (!isObject(value) || !(value.state instanceof Map)) {
      throw new InputError(`expected a torch module, got ${describeValue(value)}.`, where)
    }
    count += 1
    if (path !== '') pathName(path, fileName)
    if (depth > MAX_DEPTH || count > MAX_MODULES) {
      throw new InputError(
        `the modules nest deeper than ${MAX_DEPTH} or number more than ${MAX_MODULES}.`,
        where,
      )
    }
    const { state, className } = value
    const attributes = new Map<string, PickleValue>()
    for (const [key, item] of state)
      if (typeof key === 'string' && !key.startsWith('_')) attributes.set(key, item)
    const children = new Map<string, CheckpointModule>()
    for (const [name, child] of entriesOf(state, '_modules', where)) {
      if (child !== null) children.set(name, read(child, path === '' ? name : `${path}.${name}`, depth + 1))
    }
    const parameters = readTensors(state, '_parameters', where)
    return {
      path,
      className,
      attributes,
      children,
      parameters,
      buffers: readTensors(state, '_buffers', where),
      hooks: ['_forward_pre_hooks', '_forward_hooks'].flatMap((key) => readHooks(state, key, where)),
    }
  }

  return read(root, '', 0)
}

/** Parameters and buffers by name, in torch's order: a module's parameters, its buffers, then its children's. */
export function listState(root: CheckpointModule): Map<string, Tensor> {
  const state = new Map<string, Tensor>()
  const visit = (module: CheckpointModule): void => {
    for (const [name, tensor] of [...module.parameters, ...module.buffers]) {
      if (tensor) state.set(module.path === '' ? name : `${module.path}.${name}`, tensor)
    }
    for (const child of module.children.values()) visit(child)
  }
  visit(root)
  return state
}

function readHooks(state: Map<PickleValue, PickleValue>, key: string, where: string): readonly string[] {
  const hooks = state.get(key)
  const dict = dictOf(hooks)
  if (hooks !== undefined && dict === undefined)
    throw new InputError(`expected ${key} to be a dict, got ${describeValue(hooks)}.`, where)
  return [...(dict?.values() ?? [])].map(nameHook)
}

/** A method of an object is stored as `getattr(object, 'name')`. */
function nameHook(hook: PickleValue): string {
  if (!isObject(hook)) return describeValue(hook)
  const [owner, name] = hook.args
  return hook.className === 'getattr' && isObject(owner) && typeof name === 'string'
    ? `${owner.className}.${name}`
    : hook.className
}

function readTensors(
  state: Map<PickleValue, PickleValue>,
  key: string,
  where: string,
): Map<string, Tensor | null> {
  const tensors = new Map<string, Tensor | null>()
  for (const [name, value] of entriesOf(state, key, where)) {
    if (value !== null && !isTensor(value)) {
      throw new InputError(`expected ${name} to be a tensor, got ${describeValue(value)}.`, where)
    }
    tensors.set(name, value)
  }
  return tensors
}

function entriesOf(
  state: Map<PickleValue, PickleValue>,
  key: string,
  where: string,
): [string, PickleValue][] {
  const dict = state.get(key)
  if (dict === undefined) return []
  if (!(dict instanceof Map))
    throw new InputError(`expected ${key} to be a dict, got ${describeValue(dict)}.`, where)
  const entries: [string, PickleValue][] = []
  for (const [name, value] of dict) {
    if (typeof name !== 'string')
      throw new InputError(`expected a name in ${key}, got ${describeValue(name)}.`, where)
    // Names of modules and tensors become names of files.
    entries.push([pathName(name, where), value])
  }
  return entries
}
