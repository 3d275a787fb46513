import { defineConfig } from 'assay'

export default defineConfig({
  top: 'axi_conv',
  sources: ['rtl/axil_registers.sv', 'rtl/axi_reader.sv', 'rtl/axi_writer.sv', 'rtl/axi_conv.sv'],

  // Convolutions of 8 bits whose rows and weights fit its buffers. The bound on the work keeps the example short.
  layers: ({ op, weightBits, activationBits, kernel, inputChannels, inputWidth, macs }) =>
    op === 'conv' &&
    weightBits === 8 &&
    activationBits === 8 &&
    kernel * inputWidth * Math.ceil(inputChannels / 8) <= 4096 &&
    kernel * kernel * Math.ceil(inputChannels / 8) <= 1024 &&
    macs <= 300_000,

  buses: {
    control: { kind: 'axi-lite', prefix: 's_axi' },
    // A DDR that answers late, and not every cycle.
    ddr: { kind: 'axi-memory', prefix: 'm_axi', base: 0x4000_0000, latency: [8, 24], stalls: 0.1 },
  },

  // One behind the other, each on a page of its own.
  regions: [
    { tensor: 'input', order: 'y x i/8 i%8' },
    { tensor: 'weights', order: 'o ky kx i/8 i%8' },
    { tensor: 'parameters', order: 'o' },
    { tensor: 'table', order: 'p/8 p%8' },
  ],
  output: { tensor: 'output', order: 'y o x/8 x%8' },
  inputs: [],

  program: (layer, addresses) => [
    { write: 0x08, value: addresses.input! },
    { write: 0x0c, value: addresses.weights! },
    { write: 0x10, value: addresses.parameters! },
    { write: 0x14, value: addresses.table ?? 0 },
    { write: 0x18, value: addresses.output! },
    { write: 0x1c, value: layer.inputWidth + layer.inputHeight * 2 ** 16 },
    { write: 0x20, value: layer.outputWidth + layer.outputHeight * 2 ** 16 },
    { write: 0x24, value: Math.ceil(layer.inputChannels / 8) + layer.outputChannels * 2 ** 16 },
    {
      write: 0x28,
      value:
        layer.kernel +
        layer.stride * 16 +
        layer.padding * 256 +
        (layer.hasTable === 1 ? 2 ** (layer.requantBits - 3) : 0) * 2 ** 16,
    },
    { write: 0x2c, value: layer.zeroPoint + layer.requantMax * 2 ** 16 },
    { write: 0x30, value: '$padCode' },
    { write: 0x00, value: 1 },
    { poll: 0x04, mask: 1, equals: 0 },
    { poll: 0x04, equals: 0, withinCycles: 100 },
  ],
})
