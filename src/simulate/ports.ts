/** A model's ports as properties, read and written in its memory. */
import type { ModuleInterface, Port } from './boundary/module-interface.ts'
import { viewMemory } from './native.ts'
import { refuseUnknownPorts } from './unknown-ports.ts'

/**
 * A port's value in TypeScript: a number up to 53 bits, a bigint above, signed as declared; for an unpacked array the
 * list of its elements.
 */
export type PortValue = number | bigint | readonly (number | bigint)[]

/** Reads and writes one element in a model's memory. */
export interface Cell {
  read(): number | bigint
  write(value: number | bigint): void
}

/** Bytes that Verilator gives one element: 1, 2, 4, 8, or a multiple of 4. */
export function storageBytes(width: number): number {
  if (width <= 8) return 1
  if (width <= 16) return 2
  if (width <= 32) return 4
  return width <= 64 ? 8 : Math.ceil(width / 32) * 4
}

/** Throws a RangeError unless the value fits the port. */
function checkRange(port: Port, value: number | bigint): void {
  const { name, width, signed } = port
  const low = signed ? -(2n ** BigInt(width - 1)) : 0n
  const high = signed ? 2n ** BigInt(width - 1) - 1n : 2n ** BigInt(width) - 1n
  const integral = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
  if (integral && BigInt(value) >= low && BigInt(value) <= high) return
  const kind = `${width} bit${width === 1 ? '' : 's'}, ${signed ? 'signed' : 'unsigned'}`
  const range = width <= 64 ? `an integer from ${low} to ${high}` : 'an integer'
  throw new RangeError(`Expected ${range} for ${name} (${kind}), got ${shorten(String(value))}`)
}

/** The ends of a number of many digits. */
const shorten = (digits: string): string =>
  digits.length <= 60 ? digits : `${digits.slice(0, 24)}…${digits.slice(-24)} (${digits.length} digits)`

/** Reads and writes a port's values in its model's memory, which starts at `base` of `memory`. */
export function makeCell(port: Port, memory: ArrayBuffer, offset: number): Cell {
  const { width, signed } = port
  if (width <= 32) return makeNarrowCell(port, memory, offset)
  const words = new Uint32Array(memory, offset, storageBytes(width) / 4)
  if (width <= 53) {
    const topBits = width - 32
    const topSign = 2 ** (topBits - 1)
    return {
      read: () => {
        const top = words[1]!
        return (signed && top >= topSign ? top - 2 * topSign : top) * 2 ** 32 + words[0]!
      },
      write: (value) => {
        checkRange(port, value)
        const number = Number(value)
        words[0] = number % 2 ** 32
        words[1] = Math.floor(number / 2 ** 32) & (2 ** topBits - 1)
      },
    }
  }
  return {
    read: () => {
      const bits = joinWords(words)
      return signed ? BigInt.asIntN(width, bits) : bits
    },
    write: (value) => {
      checkRange(port, value)
      splitWords(BigInt.asUintN(width, BigInt(value)), words)
    },
  }
}

/** A shift of a large number copies all of it: above some words, hexadecimal text is the faster way, in time that grows with the bits. */
const FEW_WORDS = 16

function joinWords(words: Uint32Array): bigint {
  if (words.length > FEW_WORDS) {
    const text: string[] = []
    for (let i = words.length - 1; i >= 0; i--) text.push(words[i]!.toString(16).padStart(8, '0'))
    return BigInt(`0x${text.join('')}`)
  }
  let bits = 0n
  for (let i = words.length - 1; i >= 0; i--) bits = (bits << 32n) | BigInt(words[i]!)
  return bits
}

function splitWords(value: bigint, words: Uint32Array): void {
  if (words.length > FEW_WORDS) {
    const text = value.toString(16).padStart(8 * words.length, '0')
    for (let i = 0, end = text.length; i < words.length; i++, end -= 8)
      words[i] = Number.parseInt(text.slice(end - 8, end), 16)
    return
  }
  let bits = value
  for (let i = 0; i < words.length; i++) {
    words[i] = Number(bits & 0xffffffffn)
    bits >>= 32n
  }
}

function makeNarrowCell(port: Port, memory: ArrayBuffer, offset: number): Cell {
  const { width, signed } = port
  const bytes = storageBytes(width)
  const store =
    bytes === 1
      ? new Uint8Array(memory, offset, 1)
      : bytes === 2
        ? new Uint16Array(memory, offset, 1)
        : new Uint32Array(memory, offset, 1)
  const low = signed ? -(2 ** (width - 1)) : 0
  const high = signed ? 2 ** (width - 1) - 1 : 2 ** width - 1
  const span = 2 ** width
  return {
    read: signed
      ? () => {
          const bits = store[0]!
          return bits > high ? bits - span : bits
        }
      : () => store[0]!,
    write: (value) => {
      const number = Number(value)
      if (!(number >= low && number <= high && Number.isInteger(number))) checkRange(port, value)
      store[0] = number < 0 ? number + span : number
    },
  }
}

/** What port access shares with the model it belongs to. */
export interface PortHost {
  closed: boolean
  /** Inputs were written, and outputs do not show it yet. */
  dirty: boolean
  /** Lets outputs follow inputs. */
  settle(): void
  /** Throws the error of using a closed model. */
  refuse(): never
}

/**
 * The object behind `dut.ports`: a property per port; any other name is a TypeError. Written inputs reach the outputs at the next read or tick.
 * `addresses` are the ports' places in memory.
 */
export function makePorts(
  module: ModuleInterface,
  addresses: readonly bigint[],
  host: PortHost,
): Record<string, PortValue> {
  const object: Record<string, PortValue> = Object.create(refuseUnknownPorts(module))
  module.ports.forEach((port, index) => {
    const step = storageBytes(port.width)
    const count = port.elements ?? 1
    const memory = viewMemory(addresses[index]!, step * count)
    const cells = Array.from({ length: count }, (_, element) => makeCell(port, memory, element * step))
    const cell = cells[0]!
    const isInput = port.direction === 'input'
    const read = (): PortValue => (port.elements === null ? cell.read() : cells.map((item) => item.read()))
    const write = (value: PortValue): void => {
      if (port.elements === null) {
        if (typeof value === 'object') throw new TypeError(`Expected one value for ${port.name}, got a list`)
        cell.write(value)
      } else {
        if (typeof value !== 'object' || value.length !== count) {
          throw new TypeError(`Expected a list of ${count} values for ${port.name}, got ${String(value)}`)
        }
        cells.forEach((item, element) => {
          item.write(value[element]!)
        })
      }
    }
    Object.defineProperty(object, port.name, {
      enumerable: true,
      get: () => {
        if (host.closed) host.refuse()
        if (host.dirty && !isInput) host.settle()
        return read()
      },
      set: (value: PortValue) => {
        if (host.closed) host.refuse()
        if (!isInput) throw new TypeError(describeReadOnly(port))
        write(value)
        host.dirty = true
      },
    })
  })
  return Object.preventExtensions(object)
}

function describeReadOnly({ name, direction }: Port): string {
  const wrap =
    direction === 'inout'
      ? `. Verilator sees no driver from outside: wrap the module, with an input for what drives ${name}`
      : ''
  return `Expected an input port to write, got ${direction} ${name}${wrap}`
}
