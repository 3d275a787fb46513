/** This file lists the files that a model of the RTL reads by itself. */
import type { ChildDut, OpenedFile } from '../../simulate/index.ts'
import type { SimulationBench } from './bench.ts'

/** Leaves out the ROM files that the run itself made, because their words are part of each layer's key. */
export async function listOpened(
  { simulation }: Pick<SimulationBench, 'simulation'>,
  dut: ChildDut,
): Promise<readonly OpenedFile[]> {
  return withoutRoms({ simulation }, await dut.openedFiles())
}

export function withoutRoms(
  { simulation }: Pick<SimulationBench, 'simulation'>,
  files: readonly OpenedFile[],
): readonly OpenedFile[] {
  const own = new Set(Object.values(simulation.plusargs ?? {}))
  return files.filter(({ path }) => !own.has(path))
}
