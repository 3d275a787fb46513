/**
 * Faults that are planted in a copy of the RTL. All of them are asleep in one text, as mutants are (src/mutation), so that the
 * model is built once and a plusarg wakes one.
 */
import { declareSwitch } from '../../mutation/mutate-source.ts'
import type { Instruction } from '../../rom/program.ts'

/** An expression, and what it is while the fault is awake. */
export interface Edit {
  readonly file: string
  /** Text that the file holds exactly once; `from` unless given. */
  readonly within?: string
  /** What becomes another expression, once in `within`. */
  readonly from: string
  readonly to: string
  /** Declarations that `to` needs, in front of a text that the file holds exactly once. */
  readonly declare?: { readonly before: string; readonly text: string }
}

export interface PlantedFault {
  /** Such as `no bias`. */
  readonly what: string
  readonly edits: readonly Edit[]
  /** The cause that the diff must name, or the kind of fault where no cause predicts every element. */
  readonly cause: string
}

export interface LayerFault extends PlantedFault {
  /** Causes that give the same codes where nothing saturates. */
  readonly alike?: readonly string[]
  /** In words, such as `conv with padding`. */
  readonly where: string
  /** Where codes are carried with an offset, or an addition has requantisers of its own, the same text does something else. */
  readonly isOfAssay?: boolean
  /** It is one cause only where PI and PO are the same: otherwise lanes of a word are not those of a group of channels. */
  readonly isSquare?: boolean
  /** It is shown on generated inputs whose sums tie. */
  readonly onTies?: boolean
  /** Whether this instruction must go red; null where its data decide. */
  readonly reds: (instruction: Instruction) => boolean | null
}

/** The plusarg with the number of the fault that is awake, from 1. */
export const FAULT_SWITCH = 'assay_fault'

/** A text that a file does not hold exactly once. */
export interface Unplantable {
  readonly fault: PlantedFault
  readonly file: string
  readonly text: string
}

/**
 * Plants all faults whose texts the files hold.
 * @param texts by file name; the planted ones are replaced
 */
export function plantFaults(
  texts: Map<string, string>,
  faults: readonly PlantedFault[],
): readonly Unplantable[] {
  const sources = new Map(texts)
  const unplantable: Unplantable[] = []
  const edits: { readonly edit: Edit; readonly number: number }[] = []
  for (const [index, fault] of faults.entries()) {
    const missing = fault.edits.flatMap(({ file, within, from, declare }) =>
      [within ?? from, ...(declare === undefined ? [] : [declare.before])]
        .filter((text) => countOf(sources.get(file) ?? '', text) !== 1)
        .map((text) => ({ fault, file, text })),
    )
    if (missing.length > 0) unplantable.push(missing[0]!)
    else edits.push(...fault.edits.map((edit) => ({ edit, number: index + 1 })))
  }
  const sites = new Map<string, { readonly edit: Edit; readonly choice: string }>()
  for (const { edit, number } of edits) {
    const key = `${edit.file} ${edit.within ?? edit.from}`
    const inner = sites.get(key)?.choice ?? edit.from
    sites.set(key, { edit, choice: `(${FAULT_SWITCH} == ${number} ? (${edit.to}) : (${inner}))` })
  }
  for (const { edit, choice } of sites.values()) {
    const { file, from, within = from } = edit
    const planted = within.replace(from, () => choice)
    texts.set(
      file,
      texts.get(file)!.replace(within, () => planted),
    )
  }
  const declared = new Map(
    edits.flatMap(({ edit: { file, declare } }) => (declare === undefined ? [] : [[declare, file] as const])),
  )
  for (const [{ before, text }, file] of declared)
    texts.set(
      file,
      texts.get(file)!.replace(before, () => text + before),
    )
  for (const file of new Set(edits.map(({ edit }) => edit.file)))
    texts.set(file, declareSwitch(texts.get(file)!, FAULT_SWITCH))
  return unplantable
}

const countOf = (text: string, part: string): number => text.split(part).length - 1
