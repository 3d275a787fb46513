/** Copies of `rtl/` in which one line of the rounding differs, to measure what a change costs. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the half of clause A-4 ends. */
const PLACE = ') >> 1)'

/**
 * Copies `rtl/` to `folder` and puts `text` in the place of the shift that makes the half.
 * @throws {Error} the line is not there once
 */
export async function copyChanged(home: string, folder: string, text: string): Promise<void> {
  await cp(join(home, 'rtl'), folder, { recursive: true })
  const file = join(folder, 'round_code.sv')
  const parts = (await readFile(file, 'utf8')).split(PLACE)
  if (parts.length !== 2) throw new Error('the line to change is not in rtl/round_code.sv once')
  await writeFile(file, parts.join(text))
}

/** Copies `rtl/` to `folder`, with a line more that changes nothing and that no build has seen. */
export async function copyEdited(home: string, folder: string): Promise<void> {
  await cp(join(home, 'rtl'), folder, { recursive: true })
  // An older version, which this one is compared with, has it, too.
  const file = join(folder, 'requantise.sv')
  // What Verilator drops, as an unused signal, is no change.
  const line = `  initial if ($test$plusargs("edit${Date.now() % 1e9}")) $display("edited");\nendmodule`
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^endmodule/m, line))
}
