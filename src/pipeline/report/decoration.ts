/** What is made beside a verdict: waveforms, pictures. The verdict stands where it cannot be made, and a remark says why. */
import { ToolError } from '../../input/tool-error.ts'
import type { SimResult } from '../../result/result.ts'
import { writeWhole } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'

export interface Decoration<Value> {
  readonly made: Value | null
  readonly remarks: readonly string[]
}

/** @param what as the remark calls it: `waveform` */
export async function decorate<Value>(
  what: string,
  progress: Progress,
  make: () => Promise<Value | null>,
): Promise<Decoration<Value>> {
  try {
    return { made: await make(), remarks: [] }
  } catch (error) {
    const remark = `no ${what}: ${describe(error)}`
    progress.warn(remark)
    return { made: null, remarks: [`N${remark.slice(1)}`] }
  }
}

/** Writes the result's own file. A red verdict stands without it; an exact one is not proved before it is written. */
export async function writeResult(path: string, result: SimResult, progress: Progress): Promise<void> {
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (result.verdict === 'exact') return writeWhole(path, text)
  await decorate(path, progress, () => writeWhole(path, text).then(() => null))
}

/** Headers of Verilator's writer of waveforms, and their packages. */
const HEADERS = {
  'zlib.h': 'Debian, Ubuntu: zlib1g-dev; Fedora: zlib-devel',
  'lz4.h': 'Debian, Ubuntu: liblz4-dev; Fedora: lz4-devel',
}

function describe(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  const text = error instanceof ToolError ? `${error.output}${said}` : said
  for (const [header, packages] of Object.entries(HEADERS))
    if (text.includes(header))
      return `Verilator needs ${header} for waveforms, and it is missing (${packages}).`
  return said.replace(/\s+/g, ' ').slice(0, 300)
}
