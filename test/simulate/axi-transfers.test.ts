/** Bursts of every kind through `axiMemory`, by a manager that the test plays on a puppet, against bytes that the test keeps itself. */
import { expect, test } from 'vitest'
import { type AxiMemoryOptions, axiMemory, simulate } from '../../src/simulate/index.ts'
import { createRandom } from '../golden/random.ts'

const SIZE = 16_384
const BUS = 8

interface Burst {
  readonly id: number
  readonly address: number
  readonly beats: number
  readonly size: number
  readonly type: number
}

/** A3.4.1 of IHI 0022H, in the words of its pseudocode (A3.4.2): the bytes of each beat. */
function* beatsOf({
  address,
  beats,
  size,
  type,
}: Burst): Generator<{ readonly address: number; readonly low: number; readonly high: number }> {
  const bytes = 2 ** size
  const total = bytes * beats
  const aligned = Math.floor(address / bytes) * bytes
  const wrap = Math.floor(address / total) * total
  let at = address
  let isAligned = address === aligned
  for (let n = 0; n < beats; n++) {
    const base = Math.floor(at / BUS) * BUS
    const low = at - base
    const high = isAligned ? low + bytes - 1 : aligned + bytes - 1 - base
    yield { address: at, low, high }
    if (type === 0) continue
    at = isAligned ? at + bytes : aligned + bytes
    isAligned = true
    if (type === 2 && at >= wrap + total) at = wrap
  }
}

function makeBurst(random: ReturnType<typeof createRandom>): Burst {
  const type = random.integer(0, 2)
  const size = random.integer(0, 3)
  const bytes = 2 ** size
  const beats = type === 2 ? 2 ** random.integer(1, 4) : random.integer(1, type === 0 ? 16 : 40)
  let address = random.integer(0, SIZE - 1)
  if (type === 2) address -= address % bytes
  // No burst crosses 4 KB.
  if (type === 1) {
    const room = 4096 - (address % 4096)
    if (bytes * beats > room - bytes) address = Math.max(0, address - bytes * beats - bytes)
    if (Math.floor(address / 4096) !== Math.floor((address + bytes * beats - 1) / 4096))
      address -= address % 4096
  }
  if (address + bytes > SIZE) address = 0
  return { id: random.integer(0, 3), address, beats, size, type }
}

const HARD: Partial<AxiMemoryOptions> = { stalls: 0.3, latency: [1, 25] }

test.each<[string, Partial<AxiMemoryOptions>, number]>([
  ['in order', {}, 1],
  ['with stalls and latency', HARD, 2],
  ['IDs in any order', { ...HARD, reorder: 'ids' }, 3],
  ['beats of IDs in turns', { ...HARD, reorder: 'beats' }, 4],
])('every burst moves the bytes of its beats: %s', async (_, options, seed) => {
  await using dut = await simulate({ top: 'bus_puppet', sources: ['test/simulate/fixtures/bus_puppet.sv'] })
  const memory = axiMemory(dut, 'm_axi', { bytes: SIZE, seed, ...options })
  const { ports } = dut
  const random = createRandom(seed)
  for (let i = 0; i < SIZE; i++) memory.bytes[i] = random.integer(0, 255)
  const own = memory.bytes.slice()
  const put = (values: Readonly<Record<string, number | bigint>>): void => {
    for (const [name, value] of Object.entries(values)) ports[`set_m_axi_${name}_i`] = value as number
  }
  const addressOf = (way: 'aw' | 'ar', { id, address, beats, size, type }: Burst) => ({
    [`${way}valid`]: 1,
    [`${way}id`]: id,
    [`${way}addr`]: address,
    [`${way}len`]: beats - 1,
    [`${way}size`]: size,
    [`${way}burst`]: type,
  })
  const wrong: object[] = []
  const played = { writes: 0, reads: 0, reordered: 0, interleaved: 0 }

  /** All writes of a round, then all its reads: what is read does not depend on the order of answers. */
  const write = async (bursts: readonly Burst[]): Promise<void> => {
    const data = bursts.flatMap((burst) =>
      [...beatsOf(burst)].map(({ address, low, high }, index, all) => {
        const strobes = Array.from(
          { length: BUS },
          (_, lane) => lane >= low && lane <= high && random.integer(0, 3) > 0,
        )
        const bytes = Array.from({ length: BUS }, () => random.integer(0, 255))
        return { base: address - low, strobes, bytes, last: index === all.length - 1 }
      }),
    )
    const [addresses, beats] = [[...bursts], [...data]]
    const waiting = new Map<number, number>()
    let answers = 0
    for (let cycle = 0; answers < bursts.length; cycle++) {
      if (cycle > 20_000) throw new Error('Expected all answers')
      const [burst, beat] = [addresses[0], beats[0]]
      put(burst === undefined ? { awvalid: 0 } : addressOf('aw', burst))
      put(
        beat === undefined
          ? { wvalid: 0 }
          : {
              wvalid: 1,
              wlast: Number(beat.last),
              wdata: beat.bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n),
              wstrb: beat.strobes.reduceRight((sum, one) => sum * 2 + Number(one), 0),
            },
      )
      put({ bready: random.integer(0, 2) > 0 ? 1 : 0 })
      dut.tick()
      if (burst !== undefined && ports.m_axi_awready === 1) {
        addresses.shift()
        waiting.set(burst.id, (waiting.get(burst.id) ?? 0) + 1)
      }
      if (beat !== undefined && ports.m_axi_wready === 1) {
        beats.shift()
        for (let lane = 0; lane < BUS; lane++)
          if (beat.strobes[lane]) own[beat.base + lane] = beat.bytes[lane]!
      }
      if (ports.m_axi_bvalid === 1 && ports.set_m_axi_bready_i === 1) {
        const id = ports.m_axi_bid!
        const left = waiting.get(id) ?? 0
        if (left === 0) throw new Error(`Expected a write of ID ${id}`)
        waiting.set(id, left - 1)
        answers++
        played.writes++
      }
    }
    put({ bready: 0 })
  }

  const read = async (bursts: readonly Burst[]): Promise<void> => {
    const addresses = [...bursts]
    const under: { burst: Burst; beats: { address: number; low: number; high: number }[] }[] = []
    let left = bursts.length
    let before: object | null = null
    for (let cycle = 0; left > 0; cycle++) {
      if (cycle > 20_000) throw new Error('Expected all data')
      const burst = addresses[0]
      put(burst === undefined ? { arvalid: 0 } : addressOf('ar', burst))
      put({ rready: random.integer(0, 2) > 0 ? 1 : 0 })
      dut.tick()
      if (ports.m_axi_rvalid === 1 && ports.set_m_axi_rready_i === 1) {
        const at = under.findIndex((one) => one.burst.id === ports.m_axi_rid)
        const found = under[at]!
        if (at > 0) played.reordered++
        if (before !== null && before !== found) played.interleaved++
        const { address, low, high } = found.beats.shift()!
        const word = BigInt(ports.m_axi_rdata as unknown as bigint)
        const got = Array.from({ length: BUS }, (_, lane) => Number((word >> BigInt(8 * lane)) & 255n)).slice(
          low,
          high + 1,
        )
        const wanted = [...own.subarray(address, address + high - low + 1)]
        const last = Number(found.beats.length === 0)
        if (`${got} ${ports.m_axi_rlast}` !== `${wanted} ${last}`) wrong.push({ address, got, wanted, last })
        before = found.beats.length === 0 ? null : found
        if (found.beats.length === 0) {
          under.splice(at, 1)
          left--
          played.reads++
        }
      }
      if (burst !== undefined && ports.m_axi_arready === 1)
        under.push({ burst: addresses.shift()!, beats: [...beatsOf(burst)] })
    }
    put({ rready: 0 })
  }

  for (let round = 0; round < 25; round++) {
    await write(Array.from({ length: random.integer(1, 6) }, () => makeBurst(random)))
    expect(Buffer.compare(memory.bytes, own)).toBe(0)
    await read(Array.from({ length: random.integer(1, 8) }, () => makeBurst(random)))
  }
  expect(wrong).toEqual([])
  expect(memory.idle()).toBe(true)
  expect(memory.counts()).toMatchObject({ readBursts: played.reads, writeBursts: played.writes })
  expect([played.reordered > 0, played.interleaved > 0]).toEqual([
    options.reorder !== undefined,
    options.reorder === 'beats',
  ])
})

test('errors on demand, and addresses that nobody serves', async () => {
  await using dut = await simulate({ top: 'bus_puppet', sources: ['test/simulate/fixtures/bus_puppet.sv'] })
  const memory = axiMemory(dut, undefined, { bytes: 4096, outside: 'decode-error' })
  memory.bytes.fill(7)
  memory.answerWithErrors([
    { from: 0x100, to: 0x108 },
    { from: 0x200, to: 0x208, on: 'writes', response: 'decode-error' },
  ])
  const { ports } = dut
  const readAt = (address: number): [number, boolean] => {
    Object.assign(ports, {
      set_m_axi_arvalid_i: 1,
      set_m_axi_araddr_i: address,
      set_m_axi_arsize_i: 3,
      set_m_axi_arburst_i: 1,
      set_m_axi_rready_i: 1,
    })
    dut.tick()
    ports.set_m_axi_arvalid_i = 0
    dut.until(() => ports.m_axi_rvalid === 1)
    const answer: [number, boolean] = [
      ports.m_axi_rresp!,
      BigInt(ports.m_axi_rdata as unknown as bigint) === 0x0707070707070707n,
    ]
    dut.tick()
    return answer
  }
  const writeAt = (address: number): number => {
    Object.assign(ports, {
      ...{
        set_m_axi_awvalid_i: 1,
        set_m_axi_awaddr_i: address,
        set_m_axi_awsize_i: 3,
        set_m_axi_awburst_i: 1,
      },
      ...{ set_m_axi_wvalid_i: 1, set_m_axi_wstrb_i: 255, set_m_axi_wlast_i: 1, set_m_axi_bready_i: 1 },
    })
    dut.tick()
    Object.assign(ports, { set_m_axi_awvalid_i: 0, set_m_axi_wvalid_i: 0 })
    dut.until(() => ports.m_axi_bvalid === 1)
    const answer = ports.m_axi_bresp!
    dut.tick()
    return answer
  }
  expect(readAt(0x80)).toEqual([0, true])
  expect(readAt(0x100)[0]).toBe(2)
  expect(readAt(0x200)).toEqual([0, true])
  expect(readAt(0x8000)[0]).toBe(3)
  expect([writeAt(0x100), writeAt(0x200), writeAt(0x8000)]).toEqual([2, 3, 3])
  expect(memory.bytes.every((byte) => byte === 7)).toBe(true)
  expect([writeAt(0x300), memory.at(0x300, 0x308).every((byte) => byte === 0)]).toEqual([0, true])
  expect(() => memory.at(0, 5000)).toThrow('Expected addresses of m_axi, 0x0 to 0x1000, got 0x0 to 0x1388')
})

test('what cannot be is refused in words', async () => {
  await using dut = await simulate({ top: 'bus_puppet', sources: ['test/simulate/fixtures/bus_puppet.sv'] })
  expect(() => axiMemory(dut, 'mm_axi', { bytes: 64 })).toThrow(
    'Expected the bus mm_axi as an AXI manager (awvalid or arvalid is an output) of bus_puppet; there is m_axi',
  )
  expect(() => axiMemory(dut, 'm_axi', { bytes: 60 })).toThrow('must be multiples of the 8 bytes of a beat')
  expect(() => axiMemory(dut, 'm_axi', { bytes: 64, latency: 0 })).toThrow(
    'latency: expected a whole number from 1',
  )
  expect(() => axiMemory(dut, 'm_axi', { bytes: 64, stalls: 1 })).toThrow(
    'stall probability from 0 to below 1',
  )
  expect(() => axiMemory(dut, 'm_axi', { bytes: 2 ** 40 })).toThrow('bytes: expected a whole number')
  expect(() => axiMemory(dut, 'm_axi', { bytes: 64, signals: { awvalid: 'nowhere' } })).toThrow(
    'Expected an output nowhere of bus_puppet for awvalid',
  )
  expect(() => axiMemory(dut, 'm_axi', { bytes: 64, signals: { tvalid: 'x' } })).toThrow(
    'has no signal tvalid',
  )
})
