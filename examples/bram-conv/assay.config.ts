import { defineConfig } from 'assay'

export default defineConfig({
  top: 'bram_conv',
  sources: ['rtl/bram_conv.v'],

  // It takes every convolution of 8 bits. One multiplication a cycle is slow, so only small ones run here.
  layers: ({ op, weightBits, activationBits, stride, macs }) =>
    op === 'conv' && weightBits === 8 && activationBits === 8 && macs <= (stride === 1 ? 250_000 : 1_000_000),

  // Set after reset, and then held.
  ports: {
    in_channels: '$inputChannels',
    in_width: '$inputWidth',
    in_height: '$inputHeight',
    out_channels: '$outputChannels',
    out_width: '$outputWidth',
    out_height: '$outputHeight',
    kernel_size: '$kernel',
    stride: '$stride',
    padding: '$padding',
    pad_code: '$padCode',
    zero_point: '$zeroPoint',
    code_max: '$requantMax',
    use_table: '$hasTable',
  },

  // Assay answers at the read ports, one cycle after each address.
  memories: [
    { tensor: 'input', order: 'y x i', ports: { addr: 'in_addr', enable: 'in_en', data: 'in_data' } },
    {
      tensor: 'weights',
      order: 'o ky kx i',
      ports: { addr: 'weight_addr', enable: 'weight_en', data: 'weight_data' },
    },
    {
      tensor: 'parameters',
      order: 'o',
      ports: { addr: 'param_addr', enable: 'param_en', data: 'param_data' },
    },
    { tensor: 'table', order: 'p', ports: { addr: 'table_addr', enable: 'table_en', data: 'table_data' } },
  ],

  // 1 for one cycle; `done` must be 0 until the last word is written, and the run ends with it.
  start: 'start',
  done: 'done',
  inputs: [],

  // A write port is a stream: its enable says when a word comes, and its address where it belongs.
  streams: {
    out: { direction: 'output', valid: 'out_en', fields: { addr: 'out_addr', data: 'out_data' } },
  },
  output: { tensor: 'output', stream: 'out', order: 'o y x', address: 'addr' },
})
