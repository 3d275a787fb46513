/** Small modules of somebody else's, which upsample: one from a memory into another, one from a stream to a stream. */
import { fileURLToPath } from 'node:url'
import type { LoadedConfig } from '../../../src/pipeline/own-rtl/config.ts'
import type { OperatorSimulationOptions } from '../../../src/pipeline/own-rtl/prepare.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { makeFolder, type TestModel } from '../prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from '../shared-data.ts'

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

/** Holds the whole input. The names of its ports say nothing of its streams. */
export const BUFFERED: LoadedConfig = {
  path: 'buffered',
  folder: UPSAMPLER.folder,
  config: {
    top: 'buffered_upsample',
    sources: ['buffered_upsample.sv'],
    layers: { op: 'upsample' },
    streams: {
      in: { direction: 'input', valid: 'pixel_here', ready: 'pixel_taken', fields: { data: 'pixel' } },
      out: { direction: 'output', valid: 'result_here', ready: 'result_taken', fields: { data: 'result' } },
    },
    parameters: { Channels: '$inputChannels', Height: '$inputHeight', Width: '$inputWidth' },
    inputs: [{ tensor: 'input', stream: 'in', order: 'y x i' }],
    output: { tensor: 'output', stream: 'out', order: 'y x o' },
  },
}

/** A module in the embedded model, on its own image; nothing is kept, and no waveform is recorded. */
export const ownOptions = (
  { prepared: { hash, integer: graph } }: Pick<TestModel, 'prepared'>,
  loaded: LoadedConfig,
  own: Omit<Partial<OperatorSimulationOptions>, 'loaded'> & Pick<OperatorSimulationOptions, 'choose'>,
): OperatorSimulationOptions => ({
  ...{ loaded, model: { name: 'shapes.pt', hash, graph }, input: { imagePath: DEFAULT_IMAGE } },
  ...{ folder: makeFolder(), cacheDir: VERILATOR_CACHE, environment: readEnvironment(), waveform: false },
  ...own,
})
