/** Reads a pickle (protocols 2 to 5, binary opcodes) as plain data: nothing that it names is looked up or run. */
import { createMachine, fail, finish, type PickleSource } from './pickle-machine.ts'
import { OPCODES, STOP } from './pickle-opcodes.ts'
import type { PickleValue } from './pickle-value.ts'

/** The value that the pickle describes. Throws InputError, with the byte's number, for anything unsound or not allowed. */
export function readPickle(source: PickleSource): PickleValue {
  const machine = createMachine(source)
  const { reader } = machine
  for (;;) {
    machine.opcodeAt = reader.position()
    const code = reader.byte()
    if (code === STOP) return finish(machine)
    const run = OPCODES[code]
    if (run === undefined) {
      throw fail(machine, `opcode 0x${code.toString(16).padStart(2, '0')} is not one that torch writes`)
    }
    run(machine)
  }
}
