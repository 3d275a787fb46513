import { defineConfig } from 'assay'

export default defineConfig({
  top: 'streaming_conv',
  sources: ['rtl/line_window.sv', 'rtl/streaming_conv.sv'],

  // The layers it can take: 3x3 at stride 1, and not so wide that a filter's products fill the FPGA.
  layers: ({ op, kernel, stride, weightBits, activationBits, inputChannels }) =>
    op === 'conv' &&
    kernel === 3 &&
    stride === 1 &&
    weightBits === 8 &&
    activationBits === 8 &&
    inputChannels <= 16,

  // Each combination of parameters is one build.
  parameters: {
    Channels: '$inputChannels',
    Filters: '$outputChannels',
    TableBits: '$requantBits',
    MaxWidth: 64,
  },
  ports: {
    cfg_width_i: '$inputWidth',
    cfg_height_i: '$inputHeight',
    cfg_pad_i: '$padCode',
    cfg_zero_i: '$zeroPoint',
    cfg_table_i: '$hasTable',
  },

  // One after the other, before the first pixel. `s_weights` are the ports s_axis_weights_t….
  load: [
    { tensor: 'weights', stream: 's_weights', order: 'o ky kx i' },
    { tensor: 'parameters', stream: 's_params', order: 'o' },
    { tensor: 'table', stream: 's_table', order: 'p' },
  ],
  inputs: [{ tensor: 'input', stream: 's', order: 'y x i', lanes: '$inputChannels' }],
  output: { tensor: 'output', stream: 'm', order: 'y x o' },
})
