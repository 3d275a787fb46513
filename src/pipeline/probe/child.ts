/** This program is a child process with a requantiser: RTL that crashes or never ends a cycle ends it, and nothing else. */
import { serveDut } from '../../simulate/serve-dut.ts'
import { type DriveRequest, driveBeats } from './drive.ts'

serveDut(async (body, model) => {
  const { ports, timing, beats } = body as DriveRequest
  return driveBeats(model.current() as unknown as Parameters<typeof driveBeats>[0], ports, timing, beats)
})
