/** Passes of Verilator that have changed what a module computes, and the flags that leave them out. */
import { runTool } from '../../process/run-tool.ts'

interface Pass {
  readonly flags: readonly string[]
  /** Versions that have the fault: from the first on, below the second. */
  readonly from: number
  readonly below: number
}

/** docs/installing.md has a line for each. */
const PASSES: readonly Pass[] = [
  // Assignments of a process are put into another order although one reads what another has written (verilator#6780).
  { flags: ['-fno-reorder'], from: 5.008, below: 5.044 },
  // A function that is put in the place of its call loses the cast of what it returns.
  { flags: ['--inline-cfuncs', '0'], from: 5.044, below: Number.POSITIVE_INFINITY },
  { flags: ['--inline-cfuncs-product', '0'], from: 5.044, below: Number.POSITIVE_INFINITY },
]

/** The flags that this version needs and knows: a pass came to be in some version, and a flag of it is refused before. */
export async function findSoundFlags(version: number): Promise<readonly string[]> {
  const needed = PASSES.filter(({ from, below }) => version >= from && version < below)
  const known = await Promise.all(
    needed.map(({ flags }) =>
      runTool('verilator', [...flags, '--version']).then(
        () => flags,
        () => [],
      ),
    ),
  )
  return known.flat()
}
