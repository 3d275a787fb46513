/** Memories outside a module that are served at its ports. */
import { type Clocks, clockIndex } from './boundary/clocks.ts'
import type { ModuleInterface, Port } from './boundary/module-interface.ts'
import type { Instance } from './instance.ts'
import { viewMemory } from './native.ts'

/** Words of a memory: integers of any size, or a typed array of them. */
export type MemoryContents = ArrayLike<number> | ArrayLike<bigint>

/**
 * A memory outside the module, served at the module's ports in C++. A read takes one cycle: the address before an edge
 * gives its word after it. Of one cycle's read and write of a word, the read gives the old one.
 */
export interface MemoryMapping {
  /** Output of the module: word address of a read. */
  readonly addr?: string
  /** Output of the module: read only while this is not 0. Without it every cycle reads. */
  readonly enable?: string
  /** Input of the module: the word that was read. */
  readonly data?: string
  /** Outputs of the module: a word is written at the edges at which `enable` is 1. `mask` has a bit a byte. */
  readonly write?: {
    /** Default: `addr`. */
    readonly addr?: string
    readonly enable: string
    readonly data: string
    readonly mask?: string
  }
  /** First words; the rest is 0. */
  readonly contents?: MemoryContents
  /** Words. Default: the length of `contents`. */
  readonly depth?: number
  /** The clock at whose edges it reads and writes. Default: the first. */
  readonly clock?: string
}

/** A memory of a running model. */
export interface Memory {
  readonly depth: number
  /** Bits of a word. */
  readonly width: number
  /** @throws RangeError for an address outside. */
  read(address: number): number | bigint
  write(address: number, value: number | bigint): void
  /** All words, in order. */
  words(): (number | bigint)[]
}

interface MemoryLayout {
  readonly word: Port
  readonly ports: Int32Array
  readonly depth: number
}

/** Adds a memory to an instance, filled with its contents. */
export function makeMemory(instance: Instance, name: string, mapping: MemoryMapping, clocks: Clocks): Memory {
  const { word, ports, depth } = layOut(instance, name, mapping)
  const { width, signed } = word
  const bytes = Math.ceil(width / 8)
  const contents = mapping.contents ?? []
  const packed = new Uint8Array(depth * bytes)
  const [least, most] = signed ? [-(2 ** (width - 1)), 2 ** (width - 1) - 1] : [0, 2 ** width - 1]
  const put = (target: Uint8Array, address: number, value: number | bigint): void => {
    if (
      typeof value === 'number' &&
      width <= 32 &&
      Number.isInteger(value) &&
      value >= least &&
      value <= most
    ) {
      const bits = value & (width === 32 ? -1 : 2 ** width - 1)
      for (let i = 0; i < bytes; i++) target[address * bytes + i] = (bits >>> (8 * i)) & 255
      return
    }
    const bits = toBits(value, word, `word ${address} of memory ${name}`)
    for (let i = 0, rest = bits; i < bytes; i++, rest >>= 8n)
      target[address * bytes + i] = Number(rest & 255n)
  }
  const image = imageOf(contents, word)
  if (image !== null) packed.set(image)
  else for (let address = 0; address < contents.length; address++) put(packed, address, contents[address]!)
  const clock = clockIndex(clocks, mapping.clock, `memory ${name}`)
  const { bridge, handle } = instance
  const id = bridge.memoryAdd(handle, name, ports, packed, depth, bytes, clock)
  // Memories are added one after another: the words themselves do not move.
  const live = () => new Uint8Array(viewMemory(bridge.memoryWords(handle, id), depth * bytes))
  const at = (address: number): number => {
    instance.assertOpen()
    if (Number.isInteger(address) && address >= 0 && address < depth) return address
    throw new RangeError(`Expected an address below ${depth} of memory ${name}, got ${address}`)
  }
  const get = (from: Uint8Array, address: number): number | bigint => {
    if (width <= 32) {
      let number = 0
      for (let i = bytes - 1; i >= 0; i--) number = number * 256 + from[address * bytes + i]!
      return number > most ? number - 2 ** width : number
    }
    let bits = 0n
    for (let i = bytes - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(from[address * bytes + i]!)
    if (signed) bits = BigInt.asIntN(width, bits)
    return width <= 53 ? Number(bits) : bits
  }
  return {
    depth,
    width,
    read: (address) => get(live(), at(address)),
    write: (address, value) => put(live(), at(address), value),
    words: () => {
      instance.assertOpen()
      const from = live()
      return Array.from({ length: depth }, (_, address) => get(from, address))
    },
  }
}

/** The bytes of a typed array whose elements are the words of the memory as they lie in it (Node runs on little-endian machines only). */
function imageOf(contents: MemoryContents, { width, signed }: Port): Uint8Array | null {
  const types = signed
    ? [Int8Array, Int16Array, Int32Array, BigInt64Array]
    : [Uint8Array, Uint16Array, Uint32Array, BigUint64Array]
  const type = types.find((each) => each.BYTES_PER_ELEMENT * 8 === width)
  if (type === undefined || !(contents instanceof type)) return null
  return new Uint8Array(contents.buffer, contents.byteOffset, contents.byteLength)
}

function layOut(instance: Instance, name: string, mapping: MemoryMapping): MemoryLayout {
  const { module } = instance.built
  const { addr, enable, data, write, contents, depth = contents?.length ?? 0 } = mapping
  const out = (port: string | undefined) => find(module, name, port, 'output')
  const address = out(addr)
  const readData = find(module, name, data, 'input')
  const writeAddress = write === undefined ? undefined : (out(write.addr) ?? address)
  const writeData = out(write?.data)
  const writeMask = out(write?.mask)
  const word = readData ?? writeData
  if (word === undefined || (readData !== undefined && address === undefined)) {
    throw new Error(`Expected addr and data, or write, of memory ${name}, got ${Object.keys(mapping)}`)
  }
  if (write !== undefined && writeAddress === undefined)
    throw new Error(`Expected write.addr or addr of memory ${name}, got neither`)
  if (writeData !== undefined && writeData.width !== word.width) {
    throw new Error(
      `Expected one width of the data ports of memory ${name}, got ${word.width} and ${writeData.width}`,
    )
  }
  if (writeMask !== undefined && writeMask.width !== Math.ceil(word.width / 8))
    throw new Error(`Expected a mask of a bit a byte for memory ${name}, got ${writeMask.width} bits`)
  if (!Number.isInteger(depth) || depth < 1 || (contents?.length ?? 0) > depth) {
    throw new RangeError(
      `Expected a depth of memory ${name} of at least 1 and its contents within it, got depth ${depth} and ${contents?.length ?? 0} words`,
    )
  }
  const ports = [address, out(enable), readData, writeAddress, out(write?.enable), writeData, writeMask]
  return {
    word,
    depth,
    ports: Int32Array.from(ports, (port) => (port === undefined ? -1 : instance.portIndex(port.name))),
  }
}

function find(
  module: ModuleInterface,
  memory: string,
  name: string | undefined,
  direction: Port['direction'],
): Port | undefined {
  if (name === undefined) return undefined
  const port = module.ports.find((candidate) => candidate.name === name)
  if (port !== undefined && port.direction === direction && port.elements === null) return port
  const known = module.ports.filter((item) => item.direction === direction).map((item) => item.name)
  throw new Error(
    `Expected an ${direction} ${name} of ${module.name} for memory ${memory}; its ${direction}s are ${known.join(', ')}`,
  )
}

function toBits(value: number | bigint, { width, signed }: Port, where: string): bigint {
  const integral = typeof value === 'bigint' || Number.isInteger(value)
  const wide = integral ? BigInt(value) : 0n
  const fits = (signed ? BigInt.asIntN(width, wide) : BigInt.asUintN(width, wide)) === wide
  if (integral && fits) return BigInt.asUintN(width, wide)
  const kind = `${signed ? 'a signed' : 'an unsigned'} integer of ${width} bits`
  throw new RangeError(`Expected ${kind} for ${where}, got ${value}`)
}
