/** Proofs of streams and buses: what is offered stays until it is taken. */
import { type Proof, RESET } from './proof.ts'

export const HANDSHAKES: readonly Proof[] = [
  {
    name: 'box_sender',
    module: 'box_sender',
    parameters: {},
    clause: 'AXI4-Stream',
    says: 'a beat stays until it is taken; a packet is the summary, then every box once, in order, and TLAST is on its last beat',
    assumes: [RESET, 'Summary and count hold until the packet is out, and no packet is started before.'],
    engine: 'induction',
    depth: 3,
    reach: 14,
    broken: [
      { fault: 'a beat does not wait', from: 'busy_q && !taken', to: 'busy_q && !m_axis_tvalid_o' },
      { fault: 'TLAST a box too early', from: 'box_q == last_box_q', to: "box_q + 16'd1 == last_box_q" },
      {
        fault: 'a box is left out',
        from: "if (!summary_q) box_q <= box_q + 16'd1;",
        to: "box_q <= box_q + 16'd1;",
      },
    ],
  },
  {
    name: 'detector_registers',
    module: 'detector_registers',
    parameters: {},
    clause: 'AXI4-Lite',
    says: 'an answer stays until it is taken, none comes unasked, and each request has one, two cycles later at most',
    assumes: [RESET],
    engine: 'induction',
    depth: 3,
    reach: 12,
    broken: [
      {
        fault: 'an answer to a write does not wait',
        from: 'else if (s_axil_bready_i) s_axil_bvalid_o',
        to: 'else s_axil_bvalid_o',
      },
      {
        fault: 'an answer to a read does not wait',
        from: '!has_read_q && !s_axil_rvalid_o',
        to: '!has_read_q',
      },
      { fault: 'data alone is a write', from: 'has_address_q && has_data_q &&', to: 'has_data_q &&' },
    ],
  },
  {
    name: 'weight_cache',
    module: 'weight_cache',
    parameters: {},
    clause: 'AXI4, addresses',
    says: 'an address and its length stay until they are taken, and no burst crosses 4 KB',
    assumes: [RESET, 'In a reset nothing runs.'],
    engine: 'induction',
    depth: 2,
    reach: 20,
    broken: [
      {
        fault: 'an address does not wait',
        from: 'else if (m_axi_arready_i) m_axi_arvalid_o',
        to: 'else m_axi_arvalid_o',
      },
      {
        fault: 'a burst takes all that is left',
        from: "32'(room_q) < 32'(to_boundary_q) ? BurstBits'(room_q) : to_boundary_q",
        to: "BurstBits'(room_q)",
      },
    ],
  },
]
