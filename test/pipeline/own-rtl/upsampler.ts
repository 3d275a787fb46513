/** A small module of somebody else's: it upsamples from one memory into another. */
import { fileURLToPath } from 'node:url'
import type { LoadedConfig } from '../../../src/pipeline/own-rtl/config.ts'

export const UPSAMPLER: LoadedConfig = {
  path: 'upsampler',
  folder: fileURLToPath(new URL('fixtures/', import.meta.url)),
  config: {
    top: 'served_upsample',
    sources: ['served_upsample.sv'],
    layers: { op: 'upsample' },
    ports: { channels_i: '$inputChannels', height_i: '$inputHeight', width_i: '$inputWidth' },
    memories: [
      {
        tensor: 'input',
        order: 'i y x',
        ports: { addr: 'read_addr_o', enable: 'read_o', data: 'read_data_i' },
      },
    ],
    start: 'start_i',
    inputs: [],
    output: { tensor: 'output', stream: 'write', order: 'y x o', address: 'addr' },
  },
}
