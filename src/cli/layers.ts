/** `--layers model.0..model.9,model.22.cv2.0.2`: names, ranges of names, and prefixes that stand for a whole module. */
import { InputError } from '../input/input-error.ts'

/** Indices of the chosen names, ascending. A module's name chooses all its layers; a range runs from its first to its last. */
export function chooseLayers(names: readonly string[], selection: string | undefined): readonly number[] {
  if (selection === undefined) return names.map((_, index) => index)
  const chosen = new Set<number>()
  for (const part of selection.split(',').map((text) => text.trim())) {
    const [from, to, more] = part.split('..')
    if (from === undefined || from === '' || more !== undefined || to === '')
      throw new InputError(`expected a layer or a range such as model.0..model.9, got "${part}"`, '--layers')
    const first = matches(names, from)
    const last = to === undefined ? first : matches(names, to)
    if (to === undefined) for (const index of first) chosen.add(index)
    else for (let index = first[0]!; index <= last.at(-1)!; index++) chosen.add(index)
    if (first[0]! > last.at(-1)!) throw new InputError(`${to} comes before ${from}`, '--layers')
  }
  return [...chosen].sort((a, b) => a - b)
}

/** The same before there is a program: names that no tensor of the network has are refused. */
export function checkLayerNames(names: readonly string[], selection: string | undefined): void {
  if (selection === undefined) return
  // A copy is named for two tensors, `model.4>model.11`.
  for (const part of selection.split(',').map((text) => text.trim()))
    for (const name of part.split('..')) if (name !== '') matches(names, name.split('>')[0]!)
}

/** Of one layer, `--layer`. */
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
