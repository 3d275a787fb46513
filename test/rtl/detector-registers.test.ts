/** `detector_registers` by itself: every read and write, against docs/detector.md, "Registers", cycle by cycle. */
import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { readPorts } from './read-ports.ts'

interface Inputs {
  s_axil_awaddr_i: number
  s_axil_awvalid_i: number
  s_axil_wdata_i: number
  s_axil_wstrb_i: number
  s_axil_wvalid_i: number
  s_axil_bready_i: number
  s_axil_araddr_i: number
  s_axil_arvalid_i: number
  s_axil_rready_i: number
  status_i: bigint
  command_refused_i: number
  settings_locked_i: number
  event_i: number
}

interface Outputs {
  readonly s_axil_awready_o: number
  readonly s_axil_wready_o: number
  readonly s_axil_bresp_o: number
  readonly s_axil_bvalid_o: number
  readonly s_axil_arready_o: number
  readonly s_axil_rdata_o: number
  readonly s_axil_rresp_o: number
  readonly s_axil_rvalid_o: number
  readonly command_o: number
  readonly settings_o: bigint
  readonly settings_changed_o: number
  readonly image_pending_o: number
  readonly interrupt_o: number
}

const SLVERR = 2
const [CONTROL, ENABLE, STATUS] = [0x14, 0x30, 0x34] as const
const RESET = 0x1234_5678n | (0xfedc_ba98n << 128n)
const MASK = (1n << 280n) - 1n - (0xff00n << 64n)

/** The registers as the page tells them, a call a cycle. */
class Registers {
  readonly #settings: readonly number[]
  #values = RESET
  #enable = 0
  #pending = 0
  #address: number | null = null
  #data: { readonly word: number; readonly strobe: number } | null = null
  #response: number | null = null
  #asked: number | null = null
  #answer: { readonly data: number | null; readonly response: number } | null = null

  constructor(weightsFromMemory: number) {
    // The settings' addresses, the first in the lowest bits.
    const seven = Array.from({ length: 7 }, (_, i) => 0x38 + 4 * i)
    this.#settings = weightsFromMemory === 1 ? [...seven, 0x80, 0x84] : seven
  }

  reset(): void {
    this.#values = RESET
    this.#enable = 0
    this.#pending = 0
    this.#address = null
    this.#data = null
    this.#response = null
    this.#asked = null
    this.#answer = null
  }

  #read(address: number, status: bigint): { readonly data: number | null; readonly response: number } {
    const word = (of: bigint, at: number): number => Number((of >> BigInt(32 * at)) & 0xffff_ffffn)
    const setting = this.#settings.indexOf(address)
    if (setting >= 0) return { data: word(this.#values, setting), response: 0 }
    if (address === ENABLE) return { data: this.#enable, response: 0 }
    if (address === STATUS) return { data: this.#pending, response: 0 }
    if (address < ENABLE && address % 4 === 0) return { data: word(status, address / 4), response: 0 }
    return { data: null, response: SLVERR }
  }

  /** What is to be seen with these inputs; then a cycle passes. */
  cycle(given: Inputs): Outputs {
    const [address, data] = [this.#address, this.#data]
    const isWritten = address !== null && data !== null && this.#response === null
    const target = isWritten ? address : null
    const { word, strobe } = data ?? { word: 0, strobe: 0 }
    const setting = target === null ? -1 : this.#settings.indexOf(target)
    const changes = setting >= 0 && given.settings_locked_i === 0
    const hasLow = (strobe & 1) === 1
    const answer = this.#answer
    const seen = {
      ...{ s_axil_awready_o: Number(address === null), s_axil_wready_o: Number(data === null) },
      ...{ s_axil_bvalid_o: Number(this.#response !== null), s_axil_bresp_o: this.#response ?? 0 },
      ...{ s_axil_arready_o: Number(this.#asked === null && answer === null) },
      ...{ s_axil_rvalid_o: Number(answer !== null), s_axil_rresp_o: answer?.response ?? 0 },
      s_axil_rdata_o: answer?.data ?? 0,
      command_o: target === CONTROL && hasLow ? word & 7 : 0,
      ...{ settings_o: this.#values, settings_changed_o: Number(changes) },
      ...{
        image_pending_o: (this.#pending >> 2) & 1,
        interrupt_o: Number((this.#pending & this.#enable) !== 0),
      },
    }
    if (this.#asked !== null) this.#answer = this.#read(this.#asked, given.status_i)
    else if (given.s_axil_rready_i === 1) this.#answer = null
    this.#asked = seen.s_axil_arready_o === 1 && given.s_axil_arvalid_i === 1 ? given.s_axil_araddr_i : null
    if (target === ENABLE && hasLow) this.#enable = word & 15
    this.#pending = (this.#pending & ~(target === STATUS && hasLow ? word : 0)) | given.event_i
    for (let byte = 0; byte < 4; byte++) {
      if (!changes || ((strobe >> byte) & 1) === 0) continue
      const at = BigInt(32 * setting + 8 * byte)
      const value = (BigInt((word >>> (8 * byte)) & 255) << at) & MASK
      this.#values = (this.#values & ~(255n << at)) | value
    }
    if (isWritten) {
      const isDone =
        changes ||
        target === ENABLE ||
        target === STATUS ||
        (target === CONTROL && given.command_refused_i === 0)
      this.#response = isDone ? 0 : SLVERR
      this.#address = null
      this.#data = null
      return seen
    }
    if (given.s_axil_bready_i === 1) this.#response = null
    if (address === null && given.s_axil_awvalid_i === 1) this.#address = given.s_axil_awaddr_i
    if (data === null && given.s_axil_wvalid_i === 1)
      this.#data = { word: given.s_axil_wdata_i, strobe: given.s_axil_wstrb_i }
    return seen
  }

  /** Whether the answer is one of a register, whose data counts. */
  get hasData(): boolean {
    return typeof this.#answer?.data === 'number'
  }
}

describe.each([0, 1])('detector_registers, WeightsFromMemory %i', (WeightsFromMemory) => {
  test('does in every cycle what the page says, whatever comes when', async () => {
    await using dut = await simulate<Inputs & Outputs & { rst_ni: number }>({
      ...{ top: 'detector_registers', sources: ['rtl/detector_registers.sv'] },
      parameters: { WeightsFromMemory, SettingsReset: RESET, SettingsMask: MASK },
      ...{ verilatorFlags: ['--assert'], randomiseUnknowns: true },
    })
    const { ports } = dut
    const random = makeRandom(WeightsFromMemory + 3)
    const one = (of: number): number => Number(random(of) === 0)
    const word = (): number => random(65536) * 65536 + random(65536)
    // Mostly a register or what lies behind the last one, now and then any address.
    const address = (): number => (one(8) === 1 ? random(4096) : 4 * random(36))
    const registers = new Registers(WeightsFromMemory)
    const met = { reads: 0, changes: 0, commands: 0 }
    ports.rst_ni = 0
    dut.tick()
    for (let cycle = 0; cycle < 20_000; cycle++) {
      const isReset = random(400) === 0
      ports.rst_ni = isReset ? 0 : 1
      if (isReset) registers.reset()
      const inputs = {
        ...{
          s_axil_awaddr_i: address(),
          s_axil_awvalid_i: one(2),
          s_axil_wdata_i: word(),
          s_axil_wstrb_i: random(16),
        },
        ...{
          s_axil_wvalid_i: one(2),
          s_axil_bready_i: one(2),
          s_axil_araddr_i: address(),
          s_axil_arvalid_i: one(2),
        },
        ...{ s_axil_rready_i: one(3), command_refused_i: one(2), settings_locked_i: one(3) },
        ...{ event_i: one(4) * random(16), status_i: 0n },
      }
      for (let at = 0; at < 12; at++) inputs.status_i |= BigInt(word()) << BigInt(32 * at)
      Object.assign(ports, inputs)
      const { hasData } = registers
      const wanted = registers.cycle(inputs)
      if (isReset) registers.reset()
      const seen = readPorts(ports, wanted)
      // What nobody may look at.
      const unseen = {
        ...(wanted.s_axil_bvalid_o === 0 ? { s_axil_bresp_o: 0 } : {}),
        ...(wanted.s_axil_rvalid_o === 0 ? { s_axil_rresp_o: 0 } : {}),
        ...(hasData ? {} : { s_axil_rdata_o: 0 }),
      }
      expect({ ...seen, ...unseen }, `cycle ${cycle}`).toEqual(wanted)
      met.reads += Number(hasData)
      met.changes += wanted.settings_changed_o
      met.commands += Number(wanted.command_o > 0)
      dut.tick()
    }
    expect(Math.min(...Object.values(met))).toBeGreaterThan(20)
  })
})
