/** AXI4-Stream ports as streams. */
import { splitLanes } from './lanes.ts'
import type { ModuleInterface, Port } from './module-interface.ts'
import type { StreamPorts } from './types.ts'

/**
 * Finds AXI4-Stream ports: `<prefix>_tvalid`, `_tready` and the payload `_tdata`, `_tkeep`, `_tstrb`, `_tlast`, `_tid`,
 * `_tdest`, `_tuser`, in lower or upper case, with or without `_i` and `_o` behind. The stream is called by its prefix
 * without `axis_` (`s_axis_tvalid` belongs to `s`, `s_axis_video_tvalid` to `s_video`, `tvalid` alone to `in` or `out`),
 * its fields by what follows the `t`: `data`, `keep`, `last`, `user`. (AMBA AXI-Stream Protocol Specification, IHI 0051.)
 */
export function findAxiStreams(module: ModuleInterface): readonly StreamPorts[] {
  return module.ports.flatMap((port): readonly StreamPorts[] => {
    const match = /^(?:(\w*?)_)?tvalid(_[io])?$/i.exec(port.name)
    if (match === null || port.elements !== null || port.direction === 'inout') return []
    const { direction } = port
    const prefix = match[1] ?? ''
    const back = direction === 'input' ? 'output' : 'input'
    const find = (signal: string, way: Port['direction']): Port | undefined =>
      module.ports.find((candidate) => {
        const name = candidate.name.toLowerCase().replace(/_[io]$/, '')
        const wanted = `${prefix === '' ? '' : `${prefix}_`}t${signal}`.toLowerCase()
        return name === wanted && candidate.direction === way && candidate.elements === null
      })
    const fields = module.ports.flatMap((candidate) => {
      const signal = /t(data|keep|strb|last|id|dest|user)(_[io])?$/i.exec(candidate.name)?.[1]?.toLowerCase()
      const isOurs = signal !== undefined && find(signal, direction) === candidate
      return isOurs ? [{ name: signal, port: candidate }] : []
    })
    const name = nameStream(prefix, direction)
    const ready = find('ready', back)
    return splitLanes({ name, direction, valid: port.name, ready: ready?.name ?? null, fields }, port, ready)
  })
}

function nameStream(prefix: string, direction: 'input' | 'output'): string {
  const short = prefix.replace(/(^|_)axis(?=_|$)/i, '').replace(/^_/, '')
  return short === '' ? (direction === 'input' ? 'in' : 'out') : short
}
