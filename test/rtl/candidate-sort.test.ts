import { describe, expect, test } from 'vitest'
import { type Dut, simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface SortPorts {
  rst_ni: number
  clear_i: number
  rank_i: number
  place_i: number
  candidate_valid_i: number
  candidate_code_i: number
  candidate_data_i: number
  read_valid_i: number
  read_addr_i: number
  readonly done_o: number
  readonly total_o: number
  readonly stored_o: number
  readonly read_data_o: number
}

interface Candidate {
  readonly code: number
  readonly data: number
}

const activationBits = 4
const codes = 2 ** activationBits
const payloadBits = 12

async function open(Capacity: number, seed: number): Promise<Dut<SortPorts>> {
  const dut = await simulate<SortPorts>({
    top: 'candidate_sort',
    sources: ['rtl/assay_pkg.sv', 'rtl/candidate_sort.sv'],
    parameters: { ActivationBits: activationBits, Capacity, PayloadBits: payloadBits },
    randomiseUnknowns: true,
    seed,
  })
  for (const name of ['clear_i', 'rank_i', 'candidate_valid_i', 'read_valid_i'] as const) dut.ports[name] = 0
  dut.ports.rst_ni = 0
  dut.tick()
  dut.ports.rst_ni = 1
  return dut
}

/** from the definition: larger codes first, in order of arrival within one, the first `capacity`. */
function sort(candidates: readonly Candidate[], capacity: number): Candidate[] {
  return [...candidates].sort((a, b) => b.code - a.code).slice(0, capacity)
}

/** A pulse of clear or rank; returns after how many cycles done_o is high, and sees it fall. */
function walk(dut: Dut<SortPorts>, start: 'clear_i' | 'rank_i'): number {
  const { ports } = dut
  ports[start] = 1
  dut.tick()
  ports[start] = 0
  let cycles = 0
  while (ports.done_o === 0) {
    dut.tick()
    cycles++
    if (cycles > 4 * codes) throw new Error(`no done_o after ${start}`)
  }
  dut.tick()
  expect(ports.done_o, 'done_o is a pulse').toBe(0)
  return cycles
}

/** One pass of the stream, with `gap(k)` cycles before candidate k in which the inputs hold anything. */
function stream(dut: Dut<SortPorts>, list: readonly Candidate[], place: number, gap: () => number): void {
  const { ports } = dut
  ports.place_i = place
  for (const { code, data } of list) {
    for (let n = gap(); n > 0; n--) {
      ports.candidate_code_i = (code + n) % codes
      ports.candidate_data_i = 0xfff
      dut.tick()
    }
    ports.candidate_valid_i = 1
    ports.candidate_code_i = code
    ports.candidate_data_i = data
    dut.tick()
    ports.candidate_valid_i = 0
  }
  dut.tick(2)
}

function readEntries(dut: Dut<SortPorts>): Candidate[] {
  const { ports } = dut
  return Array.from({ length: ports.stored_o }, (_, address) => {
    ports.read_valid_i = 1
    ports.read_addr_i = address
    dut.tick()
    ports.read_valid_i = 0
    ports.read_addr_i = 0
    dut.tick()
    return { code: ports.read_data_o % codes, data: Math.floor(ports.read_data_o / codes) }
  })
}

function run(dut: Dut<SortPorts>, list: readonly Candidate[], gap: () => number) {
  const { ports } = dut
  expect(walk(dut, 'clear_i')).toBe(codes)
  stream(dut, list, 0, gap)
  expect(ports.total_o, 'counted in the first pass').toBe(list.length)
  expect(walk(dut, 'rank_i')).toBe(codes + 2)
  stream(dut, list, 1, gap)
  expect(ports.done_o).toBe(0)
  return { total: ports.total_o, entries: readEntries(dut) }
}

function makeCandidates(random: (limit: number) => number, count: number, range: number): Candidate[] {
  const first = random(codes - range + 1)
  return Array.from({ length: count }, (_, index) => ({ code: first + random(range), data: index }))
}

test('after a reset nothing is counted, stored or done', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    await using dut = await open(6, seed)
    const { ports } = dut
    ports.rst_ni = 0
    dut.tick()
    expect([ports.done_o, ports.total_o, ports.stored_o]).toEqual([0, 0, 0])
    ports.rst_ni = 1
    for (let cycle = 0; cycle < 3 * codes; cycle++) {
      dut.tick()
      expect([ports.done_o, ports.stored_o], `seed ${seed}, cycle ${cycle}`).toEqual([0, 0])
    }
  }
})

describe.each([1, 6, 64])('capacity %i', (capacity) => {
  test('none, one, ties, more than fit: the order of A-10.2, the cut of A-10.3', async () => {
    const random = makeRandom(capacity)
    await using dut = await open(capacity, 7)
    for (const [count, range] of [
      [0, 1],
      [1, 1],
      [40, 1],
      [capacity, codes],
      [90, codes],
      [90, 3],
      [5, 2],
    ] as const) {
      // biome-ignore format: counts and codes side by side
      const list = makeCandidates(random, count, range)
      for (const gap of [() => 0, () => 1, () => random(4)]) {
        const { total, entries } = run(dut, list, gap)
        expect(total, 'every candidate, once').toBe(count)
        expect(entries).toEqual(sort(list, capacity))
      }
    }
  })
})

test('a reset in the middle of anything, then a run', async () => {
  const random = makeRandom(9)
  const list = makeCandidates(random, 30, codes)
  for (let seed = 1; seed <= 24; seed++) {
    await using dut = await open(20, seed)
    const { ports } = dut
    ports[seed % 2 === 0 ? 'clear_i' : 'rank_i'] = 1
    dut.tick()
    ports.clear_i = 0
    ports.rank_i = 0
    dut.tick(seed % codes)
    ports.rst_ni = 0
    dut.tick()
    ports.rst_ni = 1
    expect(run(dut, list, () => 0)).toEqual({ total: 30, entries: sort(list, 20) })
  }
})
