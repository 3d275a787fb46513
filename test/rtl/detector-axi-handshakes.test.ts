/** The AXI4-Lite port of `detector_axi`, cycle by cycle: what is taken is taken once. */
import { expect, test } from 'vitest'
import { openWrapper, REGISTER } from './detector-axi-bench.ts'
import { PLAIN } from './detector-axi-networks.ts'

test.each([
  { because: 'the address comes first', address: 0, data: 3 },
  { because: 'the data come first', address: 4, data: 0 },
  { because: 'both come at once', address: 1, data: 1 },
])('$because; what the ports show afterwards changes nothing', async ({ address, data }) => {
  const { dut } = await openWrapper(PLAIN)
  await using _ = dut
  const { ports } = dut
  Object.assign(ports, { s_axil_awvalid_i: 0, s_axil_wvalid_i: 0, s_axil_bready_i: 0 })
  Object.assign(ports, { s_axil_arvalid_i: 0, s_axil_rready_i: 0 })
  for (let cycle = 0; cycle < 8; cycle++) {
    const [isAddress, isData] = [cycle === address, cycle === data]
    Object.assign(ports, {
      ...{ s_axil_awvalid_i: isAddress ? 1 : 0, s_axil_awaddr_i: isAddress ? REGISTER.first : REGISTER.last },
      ...{ s_axil_wvalid_i: isData ? 1 : 0, s_axil_wdata_i: isData ? 0x1234 : 0x5678 },
      s_axil_wstrb_i: isData ? 15 : 5,
    })
    dut.tick()
  }
  expect(ports.s_axil_bvalid_o).toBe(1)
  ports.s_axil_bready_i = 1
  dut.tick()
  expect(ports.s_axil_bvalid_o).toBe(0)
  Object.assign(ports, { s_axil_arvalid_i: 1, s_axil_araddr_i: REGISTER.first })
  dut.tick()
  Object.assign(ports, { s_axil_arvalid_i: 0, s_axil_araddr_i: REGISTER.last })
  for (let cycle = 0; cycle < 3; cycle++) {
    dut.tick()
    expect([ports.s_axil_rvalid_o, ports.s_axil_rdata_o]).toEqual([1, 0x1234])
  }
  ports.s_axil_rready_i = 1
  dut.tick()
  expect(ports.s_axil_rvalid_o).toBe(0)
})
