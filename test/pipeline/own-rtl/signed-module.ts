/** A module of somebody else's with signed codes. */
import { fileURLToPath } from 'node:url'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import type { LoadedConfig } from '../../../src/pipeline/own-rtl/config.ts'

const config = (parameters: OperatorConfig['parameters']): OperatorConfig => ({
  top: 'signed_pointwise',
  sources: ['signed_pointwise.sv'],
  layers: { op: 'conv', signedCodes: 1, kernel: 1 },
  parameters,
  ports: {
    in_channels_i: '$inputChannels',
    out_channels_i: '$outputChannels',
    pixels_i: ({ outputHeight, outputWidth }) => outputHeight * outputWidth,
    code_min_i: '$requantMin',
    code_max_i: '$requantMax',
  },
  memories: [
    { tensor: 'input', order: 'y x i', ports: { addr: 'input_addr_o', data: 'input_data_i' } },
    { tensor: 'weights', order: 'o i ky kx', ports: { addr: 'weight_addr_o', data: 'weight_data_i' } },
    { tensor: 'bias', order: 'o', ports: { addr: 'bias_addr_o', data: 'bias_data_i' } },
    { tensor: 'shift', order: 'o', ports: { addr: 'shift_addr_o', data: 'shift_data_i' } },
    { tensor: 'table', order: 'p', ports: { addr: 'table_addr_o', data: 'table_data_i' } },
  ],
  start: 'start_i',
  inputs: [],
  streams: {
    out: { direction: 'output', valid: 'write_o', fields: { addr: 'write_addr_o', data: 'write_data_o' } },
  },
  // A lane of 12 bits for codes of 8.
  output: { tensor: 'output', stream: 'out', order: 'y x o', address: 'addr' },
})

export const signedModule = (parameters: OperatorConfig['parameters']): LoadedConfig => ({
  config: config(parameters),
  path: 'signed',
  folder: fileURLToPath(new URL('fixtures/', import.meta.url)),
})
