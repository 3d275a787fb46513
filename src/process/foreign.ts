/** koffi, with the largest stack that it gives: Verilator puts a memory that is loaded and never read on the stack. */
import koffi from 'koffi'

const STACK_BYTES = 16 * 1024 * 1024

const settings = koffi.config()
if (settings.sync_stack_size !== STACK_BYTES)
  try {
    koffi.config({ ...settings, sync_stack_size: STACK_BYTES })
  } catch {
    // Another user of koffi in this process has opened a library: its setting serves.
  }

export { koffi }
