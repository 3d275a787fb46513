/** `run_control` by itself: every order and event in every state, against docs/detector.md, "Runs" and "Boxes". */
import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'
import { readPorts } from './read-ports.ts'

interface Inputs {
  command_i: number
  image_pending_i: number
  image_active_i: number
  image_complete_i: number
  image_error_i: number
  busy_i: number
  done_i: number
  error_i: number
  box_count_i: number
  candidate_count_i: number
  overflow_i: number
  sent_i: number
}

interface Outputs {
  readonly refused_o: number
  readonly idle_o: number
  readonly status_o: number
  readonly events_o: number
  readonly image_enable_o: number
  readonly start_o: number
  readonly box_count_o: number
  readonly candidate_count_o: number
  readonly cycles_o: number
  readonly summary_o: bigint
  readonly send_o: number
}

const NOTHING = { isCancelled: false, hasEnded: false, hasResult: false, overflow: 0, cycles: 0 }

/** An order as the page tells it, a call a cycle. */
class Order {
  #phase: 'idle' | 'wait' | 'run' | 'send' = 'idle'
  #found = NOTHING
  /** STATUS is that of the cycle before. */
  #status = 0
  #takesImages = 1
  #wantsBoxes = false
  #takesNoImage = false

  reset(): void {
    this.#phase = 'idle'
    this.#found = NOTHING
    this.#takesImages = 1
  }

  /** What is to be seen with these inputs; then a cycle passes. */
  cycle(given: Inputs): Outputs {
    const [starts, sends, keeps] = [0, 1, 2].map((bit) => ((given.command_i >> bit) & 1) === 1)
    const phase = this.#phase
    const mayStart =
      given.image_pending_i + given.image_error_i + (keeps === true ? given.image_active_i : 0) === 0
    const refused = (starts || sends) && (phase !== 'idle' || (starts === true && !mayStart))
    const isOrdered = starts === true && !refused
    const begins = phase === 'wait' && (this.#takesNoImage || given.image_complete_i === 1)
    const isCancelled = phase === 'wait' && !begins && given.image_error_i === 1
    const ends = phase === 'run' && given.done_i === 1
    const isSent = phase === 'send' && given.sent_i === 1
    const sendsNow = ((ends || isCancelled) && this.#wantsBoxes) || (sends === true && !refused && !isOrdered)
    const { hasEnded, hasResult, overflow, cycles } = this.#found
    const error = hasEnded ? given.error_i : 0
    const boxes = hasResult ? given.box_count_i : 0
    const candidates = hasResult ? given.candidate_count_i : 0
    const seen = {
      ...{ refused_o: Number(refused), idle_o: Number(phase === 'idle'), status_o: this.#status },
      events_o:
        Number(ends) |
        (Number(ends && given.error_i > 0) << 1) |
        (given.image_error_i << 2) |
        (given.sent_i << 3),
      ...{ image_enable_o: this.#takesImages, start_o: Number(begins), send_o: Number(sendsNow) },
      ...{ box_count_o: boxes, candidate_count_o: candidates, cycles_o: cycles },
      summary_o:
        (BigInt(cycles) << 64n) |
        (BigInt(candidates) << 32n) |
        BigInt((Number(this.#found.isCancelled) << 25) | (overflow << 24) | (error << 16) | boxes),
    }
    this.#status =
      Number(phase !== 'idle') |
      (Number(hasEnded) << 1) |
      (Number(phase === 'wait') << 2) |
      (given.busy_i << 3) |
      (Number(phase === 'send') << 4) |
      (given.image_active_i << 5) |
      (given.image_complete_i << 6) |
      (overflow << 7) |
      (error << 8) |
      (given.image_pending_i << 16)
    if (isOrdered) {
      this.#found = NOTHING
      this.#wantsBoxes = sends === true
      this.#takesNoImage = keeps === true
    }
    if (phase === 'run') this.#found = { ...this.#found, cycles: cycles + 1 }
    if (isCancelled) this.#found = { ...this.#found, isCancelled }
    const isGood = given.error_i === 0
    if (ends)
      this.#found = {
        ...this.#found,
        hasEnded: true,
        hasResult: isGood,
        overflow: isGood ? given.overflow_i : 0,
      }
    if (isOrdered) this.#phase = 'wait'
    else if (begins) this.#phase = 'run'
    else if (sendsNow) this.#phase = 'send'
    else if (isCancelled || ends || isSent) this.#phase = 'idle'
    this.#takesImages = Number(this.#phase !== 'run' && !(isOrdered && keeps === true))
    return seen
  }
}

describe.each([1, 2, 3, 4])('run_control, seed %i', (seed) => {
  test('does in every cycle what the page says, whatever comes when', async () => {
    await using dut = await simulate<Inputs & Outputs & { rst_ni: number }>({
      ...{ top: 'run_control', sources: ['rtl/run_control.sv'] },
      ...{ verilatorFlags: ['--assert'], randomiseUnknowns: true, seed },
    })
    const { ports } = dut
    const random = makeRandom(seed)
    const one = (of: number): number => Number(random(of) === 0)
    const order = new Order()
    const met = new Set<string>()
    ports.rst_ni = 0
    dut.tick()
    for (let cycle = 0; cycle < 6000; cycle++) {
      ports.rst_ni = random(200) === 0 ? 0 : 1
      const image = random(12)
      const inputs = {
        command_i: one(3) * random(8),
        ...{ image_pending_i: one(8), image_active_i: one(4), image_complete_i: Number(image === 0) },
        ...{
          image_error_i: Number(image === 1),
          busy_i: one(2),
          done_i: one(6),
          error_i: one(3) * random(256),
        },
        ...{ box_count_i: random(65536), candidate_count_i: random(2 ** 31) * 2 + 1, overflow_i: one(2) },
        sent_i: one(5),
      }
      Object.assign(ports, inputs)
      if (ports.rst_ni === 0) order.reset()
      const wanted = order.cycle(inputs)
      if (ports.rst_ni === 0) order.reset()
      const seen = readPorts(ports, wanted)
      expect(seen, `cycle ${cycle}`).toEqual(wanted)
      met.add(`${wanted.send_o}${wanted.start_o}${wanted.refused_o}`)
      dut.tick()
    }
    expect([...met].sort()).toEqual(['000', '001', '010', '011', '100', '101'])
  })
})
