/**
 * Executes a detector program word by word, as docs/detector.md describes it and as slowly as it likes: a second witness for
 * the ROM generator that shares no code with it, nor with the RTL.
 */
import type { RomSet } from '../../src/rom/emit.ts'
import { type RomImage, readWord } from '../../src/rom/formats/types.ts'

const field = (word: bigint, low: number, width: number): number =>
  Number((word >> BigInt(low)) & ((1n << BigInt(width)) - 1n))
const signed = (value: number, bits: number): number => (value >= 2 ** (bits - 1) ? value - 2 ** bits : value)

export class Interpreter {
  /** Feature memory: codes by (row * 2PX + bank) * PI + lane. */
  readonly memory: Int32Array
  readonly writes: { pc: number; address: number; lanes: number[] }[] = []
  readonly #roms: RomSet
  readonly #words = new Map<RomImage, bigint[]>()

  constructor(roms: RomSet) {
    this.#roms = roms
    const { pixels, inputLanes } = roms.engine
    this.memory = new Int32Array(roms.featureRows * 2 * pixels * inputLanes).fill(-1)
  }

  #word(rom: RomImage, index: number): bigint {
    const cache = this.#words.get(rom) ?? []
    this.#words.set(rom, cache)
    cache[index] ??= readWord(rom, index)
    return cache[index]!
  }

  #lane(
    base: number,
    plane: number,
    pitch: number,
    block: number,
    y: number,
    x: number,
    lane: number,
  ): number {
    const { pixels, inputLanes } = this.#roms.engine
    const row = base + block * plane + y * pitch + Math.floor(x / (2 * pixels))
    const code = this.memory[(row * 2 * pixels + (x % (2 * pixels))) * inputLanes + lane]!
    if (code < 0) throw new Error(`row ${row}, column ${x}: read before it was written`)
    return code
  }

  run(pc: number): void {
    const words = Array.from({ length: 32 }, (_, k) =>
      Number(this.#word(this.#roms.program, 32 * (pc + 1) + k)),
    )
    const { pixels, inputLanes } = this.#roms.engine
    const w = (k: number): number => words[k]!
    const low = (k: number): number => w(k) & 0xffff
    const high = (k: number): number => w(k) >>> 16
    const [outWidth, outHeight, outBlocks] = [low(9), high(9), w(10)]
    for (let block = 0; block < outBlocks; block++)
      for (let y = 0; y < outHeight; y++)
        for (let x = 0; x < outWidth; x++) {
          const lanes = Array.from({ length: inputLanes }, (_, lane) =>
            this.#element(words, block, y, x, lane),
          )
          const row = w(6) + block * w(7) + y * w(8) + Math.floor(x / (2 * pixels))
          const address = row * 2 * pixels + (x % (2 * pixels))
          lanes.forEach((code, lane) => {
            this.memory[address * inputLanes + lane] = code
          })
          this.writes.push({ pc, address, lanes })
        }
  }

  #element(words: readonly number[], block: number, y: number, x: number, lane: number): number {
    const { engine } = this.#roms
    const w = (k: number): number => words[k]!
    const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value))
    const [inWidth, inHeight] = [w(4) & 0xffff, w(4) >>> 16]
    const [kernel, stride, padding] = [w(11) & 0xff, (w(11) >>> 8) & 0xff, (w(11) >>> 16) & 0xff]
    const at = (b: number, yy: number, xx: number, l: number): number =>
      this.#lane(w(1), w(2), w(3), b, yy, xx, l)
    const outside = (yy: number, xx: number): boolean => yy < 0 || xx < 0 || yy >= inHeight || xx >= inWidth
    switch (w(0)) {
      case 1: {
        const channel = block * engine.inputLanes + lane
        const [group, o] = [Math.floor(channel / engine.outputLanes), channel % engine.outputLanes]
        const params = this.#word(this.#roms.params, w(14) + group)
        let acc = BigInt(signed(field(params, o * 64, 32), 32))
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++)
            for (let b = 0; b < w(5); b++) {
              const word = this.#word(
                this.#roms.weights,
                w(13) + ((group * kernel + ky) * kernel + kx) * w(5) + b,
              )
              for (let i = 0; i < engine.inputLanes; i++) {
                const bits = engine.weightBits
                const weight = signed(field(word, (o * engine.inputLanes + i) * bits, bits), bits)
                const [yy, xx] = [y * stride + ky - padding, x * stride + kx - padding]
                // An idle lane may hold anything, also nothing: its weight is zero.
                if (weight === 0) continue
                acc += BigInt(weight) * BigInt(outside(yy, xx) ? w(12) & 0xffff : at(b, yy, xx, i))
              }
            }
        const [multiplier, shift] = [
          BigInt(field(params, o * 64 + 32, 16)),
          BigInt(field(params, o * 64 + 48, 6)),
        ]
        const half = shift === 0n ? 0n : 1n << (shift - 1n)
        const code = clamp(
          (w(12) >>> 16) + Number((acc * multiplier + half) >> shift),
          2 ** ((w(16) >>> 8) & 0xff) - 1,
        )
        return (w(16) & 1) === 1 ? Number(this.#word(this.#roms.tables, w(15) + code)) : code
      }
      case 2: {
        const a = at(block, y, x, lane) - (w(22) & 0xffff)
        const b = this.#lane(w(17), w(18), w(19), block, y, x, lane) - (w(22) >>> 16)
        const shift = BigInt(w(21))
        const sum =
          BigInt(a) * BigInt(w(20) & 0xffff) + BigInt(b) * BigInt(w(20) >>> 16) + (1n << (shift - 1n))
        return clamp(w(23) + Number(sum >> shift), 2 ** ((w(16) >>> 8) & 0xff) - 1)
      }
      case 3: {
        let largest = 0
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const [yy, xx] = [y * stride + ky - padding, x * stride + kx - padding]
            if (!outside(yy, xx)) largest = Math.max(largest, at(block, yy, xx, lane))
          }
        return largest
      }
      case 4: {
        const factor = (w(11) >>> 8) & 0xff
        return at(block, Math.floor(y / factor), Math.floor(x / factor), lane)
      }
      default:
        throw new Error(`opcode ${w(0)}`)
    }
  }
}
