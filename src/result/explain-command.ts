/** The commands that work out the first wrong element of a red layer, or box, with the options of the run that found it. */
import { quote, withoutOptions } from './reproduce.ts'
import type { LayerResult, SimResult } from './result.ts'

/** Options of `assay sim` that decide nothing of one element of a layer from its golden input. The value says whether a word follows. */
const LEFT: Readonly<Record<string, boolean>> = {
  ...{ layers: true, l: true, mode: true, simulator: true, seeds: true, shard: true, stimulus: true },
  ...{ waveform: false, pictures: false, cache: false },
  ...{
    confidence: true,
    iou: true,
    'multi-label': false,
    watch: false,
    prepare: false,
    jobs: true,
    report: true,
  },
}

/** Runs whose golden data or module `assay explain` does not know. */
const UNKNOWN = ['frozen', 'dump', 'against'] as const

/**
 * `assay explain -l model.4.cv1 --at 3,7,0 --rtl`.
 * @returns null if nothing differs at a place, or what was compared with is no model and image.
 */
export function explainCommand(
  { name, first }: Pick<LayerResult, 'name' | 'first'>,
  result: Pick<SimResult, 'run' | 'mode'>,
): string | null {
  if (first === null) return null
  return commandOf(result, ['-l', name, '--at', `${first.channel},${first.y},${first.x}`])
}

/** `assay explain --box 3 --rtl`: the first wrong box. @returns null, too, if the number of boxes alone differs */
export function explainBoxCommand(result: Pick<SimResult, 'run' | 'mode' | 'boxes'>): string | null {
  const first = result.boxes?.first ?? null
  // `assay explain` has no settings of the head: with others its boxes have other numbers.
  const own = ['confidence', 'iou', 'multi-label'].some((option) =>
    hasOption(result.run.origin?.words, option),
  )
  if (own || first === null || ['count', 'candidates', 'overflow'].includes(first.field)) return null
  return commandOf(result, ['--box', String(first.index)])
}

const hasOption = (words: readonly string[] | undefined, option: string): boolean =>
  words?.some((word) => word === `--${option}` || word.startsWith(`--${option}=`)) === true

function commandOf({ run, mode }: Pick<SimResult, 'run' | 'mode'>, place: readonly string[]): string | null {
  const words = run.origin?.words
  const has = (option: string): boolean => hasOption(words, option)
  if (words === undefined || mode === 'compared' || UNKNOWN.some(has)) return null
  const kept = withoutOptions(words, LEFT)
  // The hardware of a run of the user's own module is no RTL that takes a program.
  const own = has('module')
    ? withoutOptions(kept, { module: true, rtl: true })
    : ['--rtl', ...kept.map(nameFolder)]
  return ['assay', 'explain', ...place, ...own, ...outOf(run.origin!.command)].map(quote).join(' ')
}

/** The folder that holds what the run has computed: it decides no result, so that `words` lack it. */
function outOf(command: readonly string[]): readonly string[] {
  const at = command.findLastIndex((word) => /^(--out|-o)(=|$)/.test(word))
  if (at < 0) return []
  return command[at]!.includes('=') ? [command[at]!] : command.slice(at, at + 2)
}

/** The folder of `assay sim` is an option of its own where `--rtl` asks for the hardware. */
const nameFolder = (word: string): string => word.replace(/^--rtl(?==|$)/, '--rtl-folder')
