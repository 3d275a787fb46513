/** Violations that are planted in a puppet whose every output the test sets: each ends the run with its signal, its rule and the cycle. */
import { describe, expect, test } from 'vitest'
import {
  apb,
  axiLite,
  axiMemory,
  type Dut,
  SimulationError,
  simulate,
  wishbone,
} from '../../src/simulate/index.ts'

type Values = Readonly<Record<string, number | bigint | undefined>>
const puppet = () => simulate({ top: 'bus_puppet', sources: ['test/simulate/fixtures/bus_puppet.sv'] })

/** Sets outputs of a bus, and runs a cycle. */
function play(dut: Dut, bus: string, cycles: readonly Values[]): void {
  for (const values of cycles) {
    for (const [name, value] of Object.entries(values)) dut.ports[`set_${bus}${name}_i`] = value as number
    dut.tick()
  }
}

async function failureOf(run: () => unknown): Promise<SimulationError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof SimulationError) return error
    throw error
  }
  throw new Error('Expected a violation, the run went on')
}

const AW = { awvalid: 1, awaddr: 0x100, awlen: 3, awsize: 3, awburst: 1 }
const AR = { arvalid: 1, araddr: 0x100, arlen: 3, arsize: 3, arburst: 1 }
const W = { wvalid: 1, wstrb: 0xff }

describe('a manager of AXI4', () => {
  /** `busy`: no READY, as two transactions are under way. */
  const VIOLATIONS: readonly {
    readonly says: string
    readonly busy?: boolean
    readonly cycles: readonly Values[]
  }[] = [
    { says: 'm_axi_awvalid fell before m_axi_awready rose', busy: true, cycles: [AW, { awvalid: 0 }] },
    { says: 'm_axi_arvalid fell before m_axi_arready rose', busy: true, cycles: [AR, { arvalid: 0 }] },
    { says: 'm_axi_awaddr changed while m_axi_awvalid waited', busy: true, cycles: [AW, { awaddr: 0x108 }] },
    { says: 'm_axi_awlen changed while m_axi_awvalid waited', busy: true, cycles: [AW, { awlen: 2 }] },
    { says: 'm_axi_awid changed while m_axi_awvalid waited', busy: true, cycles: [AW, { awid: 2 }] },
    { says: 'm_axi_awprot changed while m_axi_awvalid waited', busy: true, cycles: [AW, { awprot: 2 }] },
    { says: 'm_axi_araddr changed while m_axi_arvalid waited', busy: true, cycles: [AR, { araddr: 0 }] },
    { says: 'm_axi_arsize changed while m_axi_arvalid waited', busy: true, cycles: [AR, { arsize: 2 }] },
    { says: 'm_axi_arburst changed while m_axi_arvalid waited', busy: true, cycles: [AR, { arburst: 0 }] },
    { says: 'm_axi_arcache changed while m_axi_arvalid waited', busy: true, cycles: [AR, { arcache: 3 }] },
    { says: 'm_axi_awsize is 4: a beat of 16 bytes is wider than the bus', cycles: [{ ...AW, awsize: 4 }] },
    { says: 'm_axi_arsize is 5: a beat of 32 bytes is wider', cycles: [{ ...AR, arsize: 5 }] },
    { says: 'm_axi_arcache is 0x4, which is reserved', cycles: [{ ...AR, arcache: 4 }] },
    { says: 'm_axi_arburst is 3, which is reserved', cycles: [{ ...AR, arburst: 3 }] },
    { says: 'm_axi_awburst is 3, which is reserved', cycles: [{ ...AW, awburst: 3 }] },
    {
      says: 'm_axi_awlen gives 5 beats: a WRAP burst has 2, 4, 8 or 16',
      cycles: [{ ...AW, awburst: 2, awlen: 4 }],
    },
    {
      says: 'm_axi_araddr is not aligned to the beats of a WRAP',
      cycles: [{ ...AR, arburst: 2, araddr: 0x104 }],
    },
    {
      says: 'm_axi_arlen gives 17 beats: a FIXED or WRAP burst has at most 16',
      cycles: [{ ...AR, arburst: 0, arlen: 16 }],
    },
    {
      says: 'm_axi_araddr begins a burst of 4 beats that crosses a boundary of 4 KB (burst at 0xff0)',
      cycles: [{ ...AR, araddr: 0xff0 }],
    },
    { says: 'm_axi_awaddr begins a burst of 4 beats that crosses', cycles: [{ ...AW, awaddr: 0x1ff0 }] },
    {
      says: 'm_axi_arlock asks for an exclusive access of 24 bytes',
      cycles: [{ ...AR, arlock: 1, arlen: 2 }],
    },
    {
      says: 'm_axi_awaddr is not aligned to its exclusive access of 32',
      cycles: [{ ...AW, awlock: 1, awaddr: 0x108 }],
    },
    {
      says: 'm_axi_wlast is 1 in beat 2 of 4 of the burst at 0x100',
      cycles: [AW, { awvalid: 0, ...W }, { wlast: 1 }],
    },
    {
      says: 'm_axi_wlast is 0 in beat 1 of 1 of the burst at 0x100',
      cycles: [
        { ...AW, awlen: 0 },
        { awvalid: 0, ...W },
      ],
    },
    {
      says: 'm_axi_wstrb has lane 3 in beat 1 of 4 of the burst at 0x104, whose bytes are lanes 4 to 7',
      cycles: [
        { ...AW, awaddr: 0x104, awsize: 2 },
        { awvalid: 0, ...W, wstrb: 0x08 },
      ],
    },
    {
      says: 'm_axi_araddr: bytes 0x8000 to 0x801f are outside the memory, which is 0x0 to 0x7fff',
      cycles: [{ ...AR, araddr: 0x8000 }],
    },
    {
      says: 'm_axi_awaddr: bytes 0xfffff000 to 0xfffff01f are outside',
      cycles: [{ ...AW, awaddr: 0xffff_f000 }],
    },
  ]
  test.each(VIOLATIONS)('$says', async ({ says, busy = false, cycles }) => {
    await using dut = await puppet()
    axiMemory(dut, 'm_axi', { bytes: 0x8000, outstanding: 1, latency: 1000 })
    if (busy)
      play(dut, 'm_axi_', [
        { ...AW, ...AR },
        { awvalid: 0, arvalid: 0, ...W },
        {},
        {},
        { wlast: 1 },
        { wvalid: 0, wlast: 0 },
      ])
    const error = await failureOf(() => play(dut, 'm_axi_', cycles))
    expect(error.message).toContain(`m_axi: ${says}`)
    expect(error.message).toMatch(/^bus_puppet, cycle \d+: /)
    expect(error.kind).toBe('protocol')
    expect(error.cycle).toBe(dut.cycle)
  })

  test.each<{ says: string; next: Values }>([
    { says: 'm_axi_wvalid fell before m_axi_wready rose', next: { wvalid: 0 } },
    { says: 'm_axi_wdata changed while m_axi_wvalid waited', next: { wdata: 5n } },
    { says: 'm_axi_wlast changed while m_axi_wvalid waited', next: { wlast: 1 } },
  ])('$says', async ({ says, next }) => {
    await using dut = await puppet()
    axiMemory(dut, 'm_axi', { bytes: 0x8000, stalls: 0.9, seed: 3 })
    play(dut, 'm_axi_', [W])
    expect(dut.ports.m_axi_wready).toBe(0)
    const error = await failureOf(() => play(dut, 'm_axi_', [next]))
    expect(error.message).toContain(says)
  })
})

/** Cycle by cycle inside a transfer, a stream sets the outputs; 0 where a cycle says nothing. */
async function scripted(bus: string, names: readonly string[], cycles: readonly Values[]): Promise<Dut> {
  const dut = await simulate({
    top: 'bus_puppet',
    sources: ['test/simulate/fixtures/bus_puppet.sv'],
    streams: {
      script: {
        direction: 'input',
        // A bit that nothing else uses tells the stream that a beat is there.
        valid: 'set_m_axis_tvalid_i',
        fields: Object.fromEntries(names.map((name) => [name, `set_${bus}${name}_i`])),
      },
    },
  })
  await dut
    .stream('script')
    .send(cycles.map((values) => Object.fromEntries(names.map((name) => [name, values[name] ?? 0]))))
  return dut
}

describe('a subordinate of AXI4-Lite', () => {
  const NAMES = [
    'awready',
    'wready',
    'bid',
    'bresp',
    'bvalid',
    'arready',
    'rid',
    'rdata',
    'rresp',
    'rlast',
    'rvalid',
  ]
  const TAKE = { awready: 1, wready: 1, arready: 1 }
  test.each<{ says: string; cycles: readonly Values[]; reads?: boolean }>([
    { says: 's_axi_bvalid is 1: a response to no write', cycles: [{ bvalid: 1 }] },
    {
      says: 's_axi_bvalid is 1: a response to no write, as s_axi_awvalid and s_axi_wvalid',
      cycles: [{ awready: 1 }, { bvalid: 1 }],
    },
    { says: 's_axi_bresp is EXOKAY, and no access was exclusive', cycles: [TAKE, { bvalid: 1, bresp: 1 }] },
    { says: 's_axi_bid is 0x3, and 0x0 was asked', cycles: [TAKE, { bvalid: 1, bid: 3 }] },
    { says: 's_axi_rvalid is 1: data of no read, as s_axi_arvalid', cycles: [{ rvalid: 1 }], reads: true },
    { says: 's_axi_rvalid is 1: data of no read', cycles: [{ ...TAKE, rvalid: 1 }], reads: true },
    {
      says: 's_axi_rid is 0x1, and 0x0 was asked',
      cycles: [TAKE, { rvalid: 1, rid: 1, rlast: 1 }],
      reads: true,
    },
    { says: 's_axi_rlast is 0 in the only beat of a read', cycles: [TAKE, { rvalid: 1 }], reads: true },
  ])('$says', async ({ says, cycles, reads = false }) => {
    await using dut = await scripted('s_axi_', NAMES, cycles)
    const control = axiLite(dut, 's_axi')
    const error = await failureOf(() => (reads ? control.read(4) : control.write(4, 1)))
    expect(error.message).toContain(`s_axi: ${says}`)
    expect(error.kind).toBe('protocol')
  })

  test.each([
    ['s_axi_rvalid fell before s_axi_rready rose', { rvalid: 0 }],
    ['s_axi_rdata changed while s_axi_rvalid waited for s_axi_rready', { rvalid: 1, rlast: 1, rdata: 9 }],
  ])('%s', async (says, next) => {
    await using dut = await scripted('s_axi_', NAMES, [
      ...Array(30).fill(TAKE),
      { rvalid: 1, rlast: 1, rdata: 8 },
      next,
    ])
    const control = axiLite(dut, 's_axi', { stalls: 0.9, seed: 5 })
    expect((await failureOf(() => control.read(4))).message).toContain(says)
  })

  test('errors and silence are no violations, and are told apart', async () => {
    await using dut = await scripted('s_axi_', NAMES, [
      TAKE,
      { rvalid: 1, rlast: 1, rresp: 2 },
      TAKE,
      { bvalid: 1, bresp: 3 },
      {},
    ])
    const control = axiLite(dut, 's_axi', { withinCycles: 50 })
    expect(await failureOf(() => control.read(0x24))).toMatchObject({
      kind: 'bus-error',
      message: expect.stringContaining('s_axi: the read of 0x24 was answered with SLVERR'),
    })
    expect(await failureOf(() => control.write(0x28, 1))).toMatchObject({
      kind: 'bus-error',
      message: expect.stringContaining('s_axi: the write to 0x28 was answered with DECERR'),
    })
    expect(await failureOf(() => control.read(4))).toMatchObject({
      kind: 'cycle-budget',
      message: expect.stringContaining('s_axi: no answer to the read of 0x4 within 50 cycles'),
    })
  })

  test('a poll that never comes true says its last values', async () => {
    const answer = (rdata: number): readonly Values[] => [TAKE, { rvalid: 1, rlast: 1, rdata }]
    await using dut = await scripted('s_axi_', NAMES, [
      ...answer(1),
      ...answer(5),
      ...answer(5),
      ...answer(7),
      ...Array(50).fill(answer(7)).flat(),
    ])
    const control = axiLite(dut, 's_axi')
    const error = await failureOf(() => control.poll(0x10, (value) => value === 8, { withinCycles: 60 }))
    expect(error.message).toMatch(
      /s_axi: 0x10 never came to \(value\) => value === 8 within 60 cycles.* in \d+ reads; its last values were 0x1, 0x5, 0x7/s,
    )
  })
})

describe('a subordinate of Wishbone', () => {
  const NAMES = ['ack_o', 'err_o', 'rty_o', 'dat_o']
  const script = (cycles: readonly Values[]) =>
    scripted(
      'wb_',
      NAMES.map((name) => name.replace('_o', '')),
      cycles,
    )
  test('reads, and says what it breaks', async () => {
    await using right = await script([{}, {}, { ack: 1, dat: 77 }])
    expect(await wishbone(right, 'wb').read(3)).toBe(77)
    await using both = await script([{ ack: 1, err: 1 }])
    expect((await failureOf(() => wishbone(both, 'wb').read(3))).message).toContain('more than one is 1')
    await using failed = await script([{ err: 1 }])
    expect(await failureOf(() => wishbone(failed, 'wb').write(3, 1))).toMatchObject({ kind: 'bus-error' })
    await using early = await script([{}, { ack: 1 }])
    const bus = wishbone(early, 'wb', { stalls: 0.999, seed: 2 })
    expect((await failureOf(() => bus.read(3))).message).toContain('wb_ack_o is 1 while CYC is 0')
  })
})

test('a subordinate of APB reads, writes and fails', async () => {
  await using dut = await scripted(
    '',
    ['pready', 'prdata', 'pslverr'],
    [{}, { pready: 0 }, { pready: 1, prdata: 5 }, {}, { pready: 1 }, {}, { pready: 1, pslverr: 1 }],
  )
  const bus = apb(dut)
  expect(await bus.read(8)).toBe(5)
  await bus.write(12, 1)
  expect([dut.ports.paddr, dut.ports.pwdata, dut.ports.pstrb]).toEqual([12, 1, 15])
  expect(await failureOf(() => bus.read(8))).toMatchObject({ kind: 'bus-error' })
})

test.each([
  ['m_axis_tvalid fell before m_axis_tready rose', { tvalid: 0 }],
  ['m_axis_tdata changed while m_axis_tvalid waited', { tdata: 2 }],
  ['m_axis_tlast changed while m_axis_tvalid waited', { tlast: 1 }],
])('a stream of AXI4-Stream: %s', async (says, next) => {
  await using dut = await puppet()
  await dut.stream('m').stall({ pattern: '0001' })
  play(dut, 'm_axis_', [{ tvalid: 0 }])
  await dut.stream('m').receivePacked()
  const error = await failureOf(() => play(dut, 'm_axis_', [{ tvalid: 1, tdata: 1 }, next, {}, {}]))
  expect(error.message).toContain(says)
  expect(error.kind).toBe('protocol')
})

test('data that no strobe takes may change while they wait', async () => {
  await using dut = await puppet()
  axiMemory(dut, 'm_axi', { bytes: 4096 })
  play(dut, 'm_axi_', [{ ...W, wstrb: 0x0f }])
  // So many beats it takes before their addresses.
  dut.tick(511)
  play(dut, 'm_axi_', [{ wdata: 1n }, { wdata: 0xff_0000_0001n }])
  const { message } = await failureOf(() => play(dut, 'm_axi_', [{ wdata: 0xff_0000_0002n }]))
  expect(message).toContain('m_axi_wdata changed while m_axi_wvalid waited for m_axi_wready')
})

test('a reset ends what is under way, and breaks no rule', async () => {
  await using dut = await simulate({ top: 'axi_copy', sources: ['test/simulate/fixtures/axi_copy.sv'] })
  const control = axiLite(dut, 's_axi')
  const memory = axiMemory(dut, 'm_axi', { bytes: 4096, latency: 40, stalls: 0.3 })
  memory.bytes.fill(3, 0, 512)
  const copy = async (to: number): Promise<void> => {
    for (const [address, value] of [
      [8, 0],
      [12, to],
      [16, 64],
      [0, 1],
    ] as const)
      await control.write(address, value)
  }
  for (const cycles of [1, 20, 45, 60, 77, 120, 131]) {
    await copy(1024)
    dut.tick(cycles)
    dut.ports.aresetn = 0
    dut.tick(3)
    dut.ports.aresetn = 1
    expect(memory.idle()).toBe(true)
  }
  await copy(2048)
  await control.poll(4, { mask: 1, equals: 0 })
  expect(memory.at(2048, 2560).every((byte) => byte === 3)).toBe(true)
})

test('a stream that is reset while a beat waits breaks no rule', async () => {
  await using dut = await simulate({
    top: 'fifo',
    sources: ['test/simulate/fixtures/fifo.sv'],
    parameters: { Depth: 4 },
    stalls: { pattern: '0001' },
  })
  await dut.in.send([
    { data: 1, tag: 0 },
    { data: 2, tag: 0 },
    { data: 3, tag: 0 },
  ])
  await dut.out.receivePacked()
  for (let cycle = 0; cycle < 20; cycle++) {
    dut.ports.rst_ni = cycle % 5 === 3 ? 0 : 1
    dut.tick()
  }
  dut.ports.rst_ni = 1
  await dut.in.send([{ data: 9, tag: 0 }])
  const came: unknown[] = []
  while (came.at(-1) !== 9 && came.length < 8) came.push((await dut.out.receive(1))[0]!.data)
  expect(came.at(-1)).toBe(9)
})
