/** koffi, with the largest stack that it gives: it takes a setting only before the first library is opened. */
import koffi from 'koffi'

// Verilator puts a memory that is loaded and never read on the stack.
koffi.config({ ...koffi.config(), sync_stack_size: 16 * 1024 * 1024 })

export { koffi }
