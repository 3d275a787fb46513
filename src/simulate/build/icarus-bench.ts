/** The second opinion: a module under Icarus Verilog, behind the same bridge (sim/icarus.h). */

import { ToolError } from '../../input/tool-error.ts'
import { resolveResets } from '../boundary/clocks.ts'
import type { ModuleInterface, Port } from '../boundary/module-interface.ts'
import { resolveStreams } from '../boundary/stream-ports.ts'
import type { Boundary } from '../boundary/types.ts'
import { formatParameter } from './parameters.ts'
import type { ParameterValue } from './types.ts'

const range = ({ width, signed }: Port): string => `${signed ? 'signed ' : ''}[${width - 1}:0]`

/** @throws ToolError for ports that the test bench cannot drive. */
function checkPorts(module: ModuleInterface): void {
  const odd = module.ports.find(({ direction, elements }) => direction === 'inout' || elements !== null)
  if (odd === undefined) return
  const what = odd.direction === 'inout' ? 'an inout' : 'an unpacked array'
  throw new ToolError(
    `Port ${odd.name} of ${module.name} is ${what}: Icarus takes flat inputs and outputs here. Use Verilator for it.`,
    { tool: 'iverilog' },
  )
}

export const benchName = 'assay_icarus_bench'

/** The module inside a test bench that obeys the bridge's commands. */
export function generateBench(
  module: ModuleInterface,
  parameters: Readonly<Record<string, ParameterValue>>,
): string {
  checkPorts(module)
  const inputs = module.ports.flatMap((port, index) => (port.direction === 'input' ? [{ port, index }] : []))
  const outputs = module.ports.flatMap((port, index) =>
    port.direction === 'output' ? [{ port, index }] : [],
  )
  const widest = Math.max(64, ...module.ports.map(({ width }) => width))
  const settings = Object.entries(parameters).map(
    ([name, value]) => `.${name}(${formatParameter(value, JSON.stringify)})`,
  )
  // As escaped identifiers, for a name may be anything (IEEE 1800-2017, 5.6.1).
  const connections = module.ports.map(({ name }, index) => `.\\${name} (p${index})`)
  return [
    '// Generated for one module.',
    '`timescale 1ns / 1ns',
    `module ${benchName};`,
    ...inputs.map(({ port, index }) => `  reg ${range(port)} p${index} = 0;`),
    ...outputs.map(({ port, index }) => `  wire ${range(port)} p${index};`),
    ...outputs.map(({ port, index }) => `  reg [${port.width - 1}:0] q${index};`),
    '  integer replies, status, command, port;',
    `  reg [${widest - 1}:0] value;`,
    `  ${module.name}${settings.length === 0 ? '' : ` #(${settings.join(', ')})`} dut (${connections.join(', ')});`,
    '  initial begin',
    '    replies = $fopen("/dev/fd/3", "w");',
    '    status = 3;',
    '    while (status == 3) begin',
    '      status = $fscanf(32\'h8000_0000, "%d %d %h", command, port, value);',
    '      if (status == 3) begin',
    '        if (command == 0) begin',
    '          case (port)',
    ...inputs.map(({ index }) => `            ${index}: p${index} = value;`),
    '            default: ;',
    '          endcase',
    '        end else begin',
    '          #1;',
    ...outputs.map(
      ({ index }) =>
        `          if (p${index} !== q${index}) begin q${index} = p${index}; $fwrite(replies, "${index} %h ", q${index}); end`,
    ),
    // What the module has printed comes before the answer.
    '          $fflush(1);',
    '          $fwrite(replies, "\\n");',
    '          $fflush(replies);',
    '        end',
    '      end',
    '    end',
    '    $finish;',
    '  end',
    'endmodule',
    '',
  ].join('\n')
}

/** The C++ that ties the bridge to the process: ports, and where unknown values are an error. */
export function generateIcarusGlue(
  module: ModuleInterface,
  { streams: mapped = {}, ...given }: Boundary,
): string {
  const indexOf = (name: string): number => module.ports.findIndex((port) => port.name === name)
  const streams = resolveStreams(module, mapped).filter(({ direction }) => direction === 'output')
  const resets = resolveResets(module, given)
  const ports = module.ports.map(
    ({ name, width, direction }) => `    {${JSON.stringify(name)}, ${width}u, ${direction === 'input'}},`,
  )
  return [
    '// Generated for one module.',
    '#include "icarus.h"',
    'namespace {',
    'const IcarusPort table_ports[] = {',
    ...ports,
    '};',
    ...streams.map(
      ({ fields, lane }, index) =>
        // Of lanes side by side only the valids are looked at: the payload of one may be unknown while another's is valid.
        `const int32_t payload_${index}[] = {${[...(lane === undefined ? fields : []).map(({ port }) => indexOf(port.name)), -1].join(', ')}};`,
    ),
    'const IcarusStream table_streams[] = {',
    ...streams.map(({ name, valid }, index) => `    {"${name}", ${indexOf(valid)}, payload_${index}},`),
    '    {nullptr, 0, nullptr}};',
    'const IcarusReset table_resets[] = {',
    ...resets.map(({ port, active }) => `    {${indexOf(port)}, ${active}},`),
    '    {0, 0}};',
    `const IcarusTable table = {table_ports, ${module.ports.length}, table_streams, ${streams.length}, table_resets, ${resets.length}};`,
    'void* create(VerilatedContext* context) { return new IcarusModel{table, context}; }',
    'void destroy(void* model) { delete static_cast<IcarusModel*>(model); }',
    'const char* opened(void* model) { return static_cast<IcarusModel*>(model)->opened(); }',
    'void eval(void* model) { static_cast<IcarusModel*>(model)->eval(); }',
    'void finish(void*) {}',
    'void locate(void* model, AssayPort* ports) {',
    '    for (uint32_t i = 0; i < table.port_count; ++i)',
    '        ports[i] = {static_cast<IcarusModel*>(model)->data(i), table_ports[i].width, 1u, static_cast<IcarusModel*>(model)->unknown(i)};',
    '}',
    '}  // namespace',
    `const AssayModel assay_model = {${module.ports.length}, create, destroy, eval, eval, finish, locate, nullptr, nullptr, nullptr, nullptr, opened};`,
    '',
  ].join('\n')
}
