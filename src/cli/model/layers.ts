/** `--layers model.0..model.9,model.22.cv2.0.2`: names, ranges of names, and prefixes that stand for a whole module. */
import type { FloatGraph } from '../../graph/types.ts'
import { InputError } from '../../input/input-error.ts'

/** Names of layers, and ranges of them; `to` of a single name is null. */
export type LayerSelection = readonly { readonly from: string; readonly to: string | null }[]

/** Names with commas, and ranges of names. @throws InputError where one is empty. */
export const parseLayers = (text: string): LayerSelection =>
  text.split(',').map((word) => {
    const part = word.trim()
    const [from = '', to = null, more] = part.split('..')
    if (from === '' || to === '' || more !== undefined)
      throw new InputError(`expected a layer or a range such as model.0..model.9, got "${part}"`, '--layers')
    return { from, to }
  })

/** Indices of the chosen names, ascending. A module's name chooses all its layers; a range runs from its first to its last. */
export function chooseLayers(
  names: readonly string[],
  selection: LayerSelection | undefined,
): readonly number[] {
  if (selection === undefined) return names.map((_, index) => index)
  const chosen = new Set<number>()
  for (const { from, to } of selection) {
    const first = matches(names, from)
    if (to === null) for (const index of first) chosen.add(index)
    else {
      const end = matches(names, to).at(-1)!
      if (first[0]! > end) throw new InputError(`${to} comes before ${from}`, '--layers')
      for (let index = first[0]!; index <= end; index++) chosen.add(index)
    }
  }
  return [...chosen].sort((a, b) => a - b)
}

/** All that `--layers` may name. */
export const listLayerNames = ({
  nodes,
  aliases,
  head,
}: Pick<FloatGraph, 'nodes' | 'aliases' | 'head'>): readonly string[] => [
  ...nodes.map(({ name }) => name),
  ...aliases.keys(),
  head.name,
]

/** The same before there is a program: names that no tensor of the network has are refused. */
export function checkLayerNames(names: readonly string[], selection: LayerSelection | undefined): void {
  // A copy is named for two tensors, `model.4>model.11`.
  for (const { from, to } of selection ?? [])
    for (const name of to === null ? [from] : [from, to]) matches(names, name.split('>')[0]!)
}

/** Checks the name of one layer, `--layer`. */
export function checkLayerName(names: readonly string[], layer: string | undefined): void {
  if (layer !== undefined && !names.includes(layer) && listMatches(names, layer).length === 0)
    throw new InputError(`no layer ${layer}`, '--layer', suggestLayers(names, layer))
}

function matches(names: readonly string[], name: string): readonly number[] {
  const found = listMatches(names, name)
  if (found.length > 0) return found
  const hint = suggestLayers(names, name)
  throw new InputError(`no layer ${name} to simulate`, '--layers', `${hint} A range is model.0..model.9.`)
}

const listMatches = (names: readonly string[], name: string): readonly number[] =>
  names.flatMap((candidate, index) =>
    candidate === name || candidate.startsWith(`${name}.`) || candidate.startsWith(`${name}@`) ? [index] : [],
  )

function suggestLayers(all: readonly string[], name: string): string {
  // The image is a tensor of the network and no layer.
  const names = all.filter((each) => each !== 'images')
  const close = names.filter((candidate) => candidate.includes(name.split('.').at(-1)!)).slice(0, 4)
  return close.length > 0
    ? `There is ${close.join(', ')}.`
    : `The first is ${names[0]}, the last ${names.at(-1)}.`
}
