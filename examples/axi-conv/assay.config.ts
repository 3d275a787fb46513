import { defineConfig, type PlacedLayer } from 'assay'

export default defineConfig({
  top: 'axi_conv',
  sources: ['rtl/axil_registers.sv', 'rtl/axi_reader.sv', 'rtl/axi_writer.sv', 'rtl/axi_conv.sv'],

  // Convolutions of 8 bits whose rows and weights fit its buffers.
  layers: ({ op, weightBits, activationBits, kernel, inputChannels, inputWidth, outputWidth }) =>
    op === 'conv' &&
    weightBits === 8 &&
    activationBits === 8 &&
    kernel * inputWidth * Math.ceil(inputChannels / 8) <= 4096 &&
    kernel * kernel * Math.ceil(inputChannels / 8) <= 1024 &&
    outputWidth <= 512,
  // All in one start: each reads what those before it left in the DDR.
  mode: 'chained',

  buses: {
    control: { kind: 'axi-lite', prefix: 's_axi' },
    // A DDR that answers late, and not every cycle.
    ddr: { kind: 'axi-memory', prefix: 'm_axi', base: 0x4000_0000, latency: [8, 24], stalls: 0.1 },
  },

  // One behind the other, each on a page of its own. Planes of 8 channels: what one layer writes, the next can read.
  regions: [
    { tensor: 'input', order: 'i/8 y x i%8' },
    { tensor: 'weights', order: 'o ky kx i/8 i%8' },
    { tensor: 'parameters', order: 'o' },
    { tensor: 'table', order: 'p/8 p%8' },
    { name: 'descriptors', words: (run) => run.flatMap(describe) },
  ],
  output: { tensor: 'output', order: 'o/8 y x o%8' },
  inputs: [],

  program: (run) => [
    { write: 0x08, value: '$at.descriptors' },
    { write: 0x0c, value: run.length },
    { write: 0x00, value: 1 },
    { poll: 0x04, mask: 1, equals: 0 },
    { poll: 0x04, equals: 0, withinCycles: 100 },
  ],
})

/** The 16 words of a layer's descriptor: head of rtl/axi_conv.sv. */
function describe({ layer, at }: PlacedLayer): readonly number[] {
  const tableBeats = layer.hasTable === 1 ? 2 ** (layer.requantBits - 3) : 0
  return [
    ...[at.input!, at.weights!, at.parameters!, at.table ?? 0, at.output!],
    layer.inputWidth + layer.inputHeight * 2 ** 16,
    layer.outputWidth + layer.outputHeight * 2 ** 16,
    Math.ceil(layer.inputChannels / 8) + layer.outputChannels * 2 ** 16,
    layer.kernel + layer.stride * 16 + layer.padding * 256 + tableBeats * 2 ** 16,
    layer.zeroPoint + layer.requantMax * 2 ** 16,
    layer.padCode,
    ...[0, 0, 0, 0, 0],
  ]
}
