/** Writes pickles, protocol 2 as torch does, from plain descriptions: hostile ones too. */

export type Description =
  | null
  | boolean
  | number
  | string
  | readonly Description[]
  | { readonly tuple: readonly Description[] }
  | { readonly dict: readonly (readonly [Description, Description])[] }
  | { readonly global: readonly [module: string, name: string] }
  | { readonly call: Description; readonly args: readonly Description[] }
  | { readonly object: readonly [module: string, name: string]; readonly state: Description }
  | { readonly persistent: Description }
  | { readonly opcodes: readonly number[] }

const text = new TextEncoder()

/** The bytes of a pickle of one value. */
export function writePickle(value: Description): Uint8Array {
  const out: number[] = [0x80, 2]
  write(value, out)
  out.push(0x2e)
  return Uint8Array.from(out)
}

function write(value: Description, out: number[]): void {
  if (value === null) out.push(0x4e)
  else if (typeof value === 'boolean') out.push(value ? 0x88 : 0x89)
  else if (typeof value === 'number') writeNumber(value, out)
  else if (typeof value === 'string') {
    const bytes = text.encode(value)
    out.push(0x58, ...littleEndian(bytes.length), ...bytes)
  } else if ('tuple' in value) {
    out.push(0x28)
    for (const item of value.tuple) write(item, out)
    out.push(0x74)
  } else if ('dict' in value) {
    out.push(0x7d, 0x28)
    for (const [key, item] of value.dict) {
      write(key, out)
      write(item, out)
    }
    out.push(0x75)
  } else if ('global' in value) {
    out.push(0x63, ...text.encode(`${value.global[0]}\n${value.global[1]}\n`))
  } else if ('call' in value) {
    write(value.call, out)
    write({ tuple: value.args }, out)
    out.push(0x52)
  } else if ('object' in value) {
    write({ global: value.object }, out)
    out.push(0x29, 0x81)
    write(value.state, out)
    out.push(0x62)
  } else if ('persistent' in value) {
    write(value.persistent, out)
    out.push(0x51)
  } else if ('opcodes' in value) {
    out.push(...value.opcodes)
  } else {
    out.push(0x5d, 0x28)
    for (const item of value) write(item, out)
    out.push(0x65)
  }
}

function writeNumber(value: number, out: number[]): void {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    out.push(0x4a, ...littleEndian(value))
    return
  }
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  out.push(0x47, ...new Uint8Array(view.buffer))
}

function littleEndian(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255]
}

export interface TensorDescription {
  readonly key: string
  readonly shape: readonly number[]
  readonly stride?: readonly number[]
  readonly offset?: number
  /** e.g. `HalfStorage`. */
  readonly type?: string
  /** Elements that the persistent id claims; those of a dense tensor unless told. */
  readonly count?: number
}

/** `torch._utils._rebuild_tensor_v2` of a storage, as torch.save writes it. */
export function describeTensor(tensor: TensorDescription): Description {
  const { key, shape, offset = 0, type = 'FloatStorage' } = tensor
  const dense = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1))
  const count = tensor.count ?? offset + shape.reduce((product, dim) => product * dim, 1)
  const id = { tuple: ['storage', { global: ['torch', type] }, key, 'cpu', count] } as const
  const storage = { persistent: id } as const
  const hooks = { call: { global: ['collections', 'OrderedDict'] }, args: [] } as const
  const args = [storage, offset, { tuple: shape }, { tuple: tensor.stride ?? dense }, false, hooks]
  return { call: { global: ['torch._utils', '_rebuild_tensor_v2'] }, args }
}
