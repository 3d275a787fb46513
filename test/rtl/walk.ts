/** What tile_walker has to do, from "Order of work" and "Feature memory" of docs/detector.md: loops and products. */

export interface Sizes {
  readonly PI: number
  readonly PO: number
  readonly PX: number
  readonly rowBits: number
  readonly weightBits: number
  readonly paramBits: number
}

interface Place {
  readonly base: number
  readonly plane: number
  readonly pitch: number
}

export interface Instruction {
  /** 1 convolution, 2 addition, 3 max-pool, 4 upsampling. */
  readonly opcode: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly input: Place
  readonly width: number
  readonly height: number
  readonly blocks: number
  readonly output: Place
  readonly outWidth: number
  readonly outHeight: number
  readonly outBlocks: number
  readonly weightBase: number
  readonly paramBase: number
  readonly second: Place
}

export interface Walk {
  readonly beats: readonly {
    /** From the first one that may have a beat. */
    readonly cycle: number
    readonly first: boolean
    readonly last: boolean
    readonly groupEnd: boolean
    readonly row: number
    readonly shift: number
    readonly pad: number
    /** 0 where the operator has no weights. */
    readonly weight: number
  }[]
  readonly tiles: readonly {
    readonly row: number
    readonly bank: number
    readonly pixels: number
    readonly blocks: number
    readonly param: number
  }[]
  /** Cycles in which a beat waits for its weights. */
  readonly waits: readonly number[]
}

const modulo = (value: number, bits: number): number => ((value % 2 ** bits) + 2 ** bits) % 2 ** bits

/** @param isStalled whether the weights are not there in a cycle */
export function walk(
  instruction: Instruction,
  sizes: Sizes,
  isStalled: (cycle: number) => boolean = () => false,
): Walk {
  const { opcode, stride, padding, input, width, height, output, outWidth, outHeight, outBlocks } =
    instruction
  const { PI, PO, PX, rowBits, weightBits, paramBits } = sizes
  const isConv = opcode === 1
  const isAdd = opcode === 2
  const isUpsample = opcode === 4
  const kernel = isConv || opcode === 3 ? instruction.kernel : 1
  const groupBlocks = isConv ? PO / PI : 1
  const banks = 2 * PX
  const beats: Walk['beats'][number][] = []
  const tiles: Walk['tiles'][number][] = []
  let cycle = 0
  // When the drain can take a tile again.
  let free = 0
  const waits: number[] = []
  const waitAt = (at: number): boolean => {
    const isWait = isConv && isStalled(at)
    if (isWait) waits.push(at)
    return isWait
  }
  for (let group = 0; group * groupBlocks < outBlocks; group++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox += PX) {
        const pixels = Math.min(PX, outWidth - ox)
        const blocks = Math.min(groupBlocks, outBlocks - group * groupBlocks)
        for (let ky = 0; ky < kernel; ky++) {
          for (let kx = 0; kx < kernel; kx++) {
            const steps = isConv ? instruction.blocks : isAdd ? 2 : 1
            for (let step = 0; step < steps; step++) {
              const iy = isUpsample ? Math.floor(oy / stride) : oy * stride - padding + ky
              const ix = isUpsample ? Math.floor(ox / stride) : ox * stride - padding + kx
              const place = isAdd && step === 1 ? instruction.second : input
              const block = isConv ? step : group
              const row = place.base + block * place.plane + iy * place.pitch + Math.floor(ix / banks)
              let pad = 0
              for (let lane = 0; lane < PX; lane++) {
                const x = ix + (isUpsample ? Math.floor(lane / stride) : lane * stride)
                if (iy < 0 || iy >= height || x < 0 || x >= width) pad |= 1 << lane
              }
              const last = ky === kernel - 1 && kx === kernel - 1 && step === steps - 1
              if (last) {
                while (cycle < free) waitAt(cycle++)
              }
              while (waitAt(cycle)) cycle++
              if (last) free = cycle + pixels * blocks
              const weight =
                instruction.weightBase + ((group * kernel + ky) * kernel + kx) * instruction.blocks + step
              beats.push({
                cycle: cycle++,
                first: ky + kx + step === 0,
                last,
                groupEnd: last && oy === outHeight - 1 && ox + PX >= outWidth,
                row: modulo(row, rowBits),
                shift: ((ix % banks) + banks) % banks,
                pad,
                weight: isConv ? modulo(weight, weightBits) : 0,
              })
            }
          }
        }
        const row = output.base + group * groupBlocks * output.plane + oy * output.pitch
        tiles.push({
          row: modulo(row + Math.floor(ox / banks), rowBits),
          bank: ox % banks,
          pixels,
          blocks,
          param: isConv ? modulo(instruction.paramBase + group, paramBits) : 0,
        })
      }
    }
  }
  return { beats, tiles, waits }
}

/** The 32 words of an instruction, as docs/detector.md lays them out; words that the walker ignores are rubbish. */
export function packInstruction(instruction: Instruction): bigint {
  const { opcode, kernel, stride, padding, input, output, second } = instruction
  const words = new Array<number>(32).fill(0xdeadbeef)
  words[0] = opcode
  words.splice(1, 5, input.base, input.plane, input.pitch, instruction.width | (instruction.height << 16), instruction.blocks) // biome-ignore format: as in the table
  words.splice(6, 3, output.base, output.plane, output.pitch)
  words.splice(9, 2, instruction.outWidth | (instruction.outHeight << 16), instruction.outBlocks)
  words[11] = kernel | (stride << 8) | (padding << 16)
  words.splice(13, 2, instruction.weightBase, instruction.paramBase)
  words.splice(17, 3, second.base, second.plane, second.pitch)
  return words.reduceRight((bits, word) => (bits << 32n) | BigInt(word >>> 0), 0n)
}
