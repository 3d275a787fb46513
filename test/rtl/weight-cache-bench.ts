/** The engine's side of `weight_cache`, driven as `tile_walker` does; every word it gives is compared with the memory's bytes. */
import { type AxiMemory, axiMemory, type Dut, simulate } from '../../src/simulate/index.ts'
import { createRandom, type Random } from '../golden/random.ts'

interface CachePorts {
  rst_ni: number
  run_i: number
  memory_base_i: bigint
  memory_words_i: number
  start_i: number
  start_word_i: number
  readonly stall_o: number
  beat_i: number
  tile_end_i: number
  group_end_i: number
  wait_i: number
  readonly error_o: number
  read_valid_i: number
  readonly read_data_o: number | bigint
  readonly m_axi_arvalid_o: number
}

export const ERROR = { depth: 5, memory: 7 } as const
export const BASE = 0x12_3456_7000
export const WORDS = 300

export interface Shape {
  readonly Width: number
  readonly Depth: number
  readonly DataBits: number
}

export interface Weather {
  readonly latency?: number | readonly [number, number]
  readonly stalls?: number
  readonly seed?: number
}

export interface Cache {
  readonly dut: Dut<CachePorts>
  readonly memory: AxiMemory
  readonly random: Random
  /** Bytes from word to word. */
  readonly stride: number
}

export interface Layer {
  readonly word: number
  readonly groups: number
  readonly groupWords: number
  readonly tiles: number
}

/** Every byte of the memory is random, also those between the words, and it ends with the last word. */
export async function open(shape: Shape, { latency = 1, stalls = 0, seed = 1 }: Weather): Promise<Cache> {
  const dut = await simulate<CachePorts>({
    top: 'weight_cache',
    sources: ['rtl/assay_pkg.sv', 'rtl/weight_cache.sv'],
    parameters: { ...shape, WeightDepth: 512 },
    verilatorFlags: ['--assert'],
    randomiseUnknowns: true,
    seed,
  })
  const random = createRandom(seed)
  const stride = Math.ceil(shape.Width / 128) * 16
  const bytes = Uint8Array.from({ length: WORDS * stride }, () => random.integer(0, 255))
  const memory = axiMemory(dut, 'm_axi', { bytes, base: BASE, latency, stalls, seed })
  // The low bits count as 0.
  Object.assign(dut.ports, { memory_base_i: BigInt(BASE) + 0xabcn, memory_words_i: WORDS })
  return { dut, memory, random, stride }
}

function wordAt({ memory, stride }: Cache, { Width }: Shape, index: number): bigint {
  const own = memory.bytes.subarray(index * stride, (index + 1) * stride)
  return BigInt.asUintN(Width, BigInt(`0x${Buffer.from(own).reverse().toString('hex')}`))
}

export function begin({ dut }: Cache, word: number): void {
  Object.assign(dut.ports, { start_i: 1, start_word_i: word })
  dut.tick()
  dut.ports.start_i = 0
  dut.tick()
}

interface Walked {
  readonly error: number
  readonly words: number
  readonly stalls: number
}

/** A CONV, up to its end or to an error. @param gaps probability of a cycle without a beat @throws Error at the first wrong word */
export function walk(
  cache: Cache,
  shape: Shape,
  { word, groups, groupWords, tiles }: Layer,
  gaps = 0,
): Walked {
  const { dut, random } = cache
  const { ports } = dut
  begin(cache, word)
  let [words, stalls] = [0, 0]
  let due: number | null = null
  let shown: number | null = null
  const tick = (): void => {
    ports.read_valid_i = due === null ? 0 : 1
    shown = due ?? shown
    due = null
    dut.tick()
    // A word holds until the next is read.
    if (shown === null) return
    const [got, wanted] = [BigInt(ports.read_data_o), wordAt(cache, shape, shown)]
    if (got !== wanted) throw new Error(`word ${shown} is ${got.toString(16)}, not ${wanted.toString(16)}`)
  }
  for (let group = 0; group < groups; group++)
    for (let tile = 0; tile < tiles; tile++)
      for (let at = 0; at < groupWords; ) {
        const waits = random.next() >= gaps
        const beat = waits && ports.stall_o === 0
        const end = beat && at === groupWords - 1
        Object.assign(ports, {
          beat_i: Number(beat),
          tile_end_i: Number(end),
          group_end_i: Number(end && tile === tiles - 1),
          wait_i: Number(waits && !beat),
        })
        const next: number | null = beat ? word + group * groupWords + at : null
        tick()
        due = next
        if (beat) [at, words] = [at + 1, words + 1]
        else if (waits) stalls++
        if (ports.error_o !== 0) return { error: ports.error_o, words, stalls }
        if (stalls > 20_000) throw new Error(`no word after ${words}`)
      }
  Object.assign(ports, { beat_i: 0, wait_i: 0 })
  tick()
  return { error: 0, words, stalls }
}
