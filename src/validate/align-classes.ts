import { InputError } from '../input/input-error.ts'
import type { Dataset } from './dataset.ts'
import { createFindingLog } from './findings.ts'

/**
 * Renumbers the classes of a data set to those of a model, by name; by order where some names differ but their number is the
 * same and no name stands in another place. Afterwards classes 0 … n-1 are the model's, and classes of the data set that the model does not know follow.
 *
 * @throws {InputError} Neither fits: every figure would compare one class with another.
 */
export function alignClasses(dataset: Dataset, modelClasses: readonly string[], where: string): Dataset {
  const log = createFindingLog(dataset.findings)
  const modelIndex = new Map(modelClasses.map((name, index) => [normalise(name), index]))
  const named = dataset.classes.filter((name) => modelIndex.has(normalise(name)))
  const byOrder = fitsByOrder(dataset.classes, modelClasses, modelIndex)
  if (!byOrder && named.length === 0) {
    throw new InputError(
      `has ${dataset.classes.length} classes (${preview(dataset.classes)}), the model ${modelClasses.length} (${preview(modelClasses)}), and no name in common.`,
      where,
      'Validate on the data set that the model was trained for, or rename the classes.',
    )
  }
  const classes = [...modelClasses]
  const target = dataset.classes.map((name, index) => {
    if (byOrder) {
      if (normalise(name) !== normalise(modelClasses[index]!)) {
        log.add('class-matched-by-order', `${name} = ${modelClasses[index]}`)
      }
      return index
    }
    const found = modelIndex.get(normalise(name))
    if (found !== undefined) return found
    log.add('class-not-in-model', name)
    return classes.push(name) - 1
  })
  const categoryIds = listCategoryIds(dataset, target, classes.length)
  for (const [index, id] of categoryIds.entries()) {
    if (typeof id === 'number' && id < 0) log.add('class-not-in-dataset', classes[index]!)
  }
  const annotations = dataset.annotations.map((object) => ({
    ...object,
    classIndex: target[object.classIndex]!,
  }))
  return { ...dataset, classes, categoryIds, annotations, findings: log.list() }
}

/** As many classes on both sides, and every name that both know in the same place. */
function fitsByOrder(
  classes: readonly string[],
  modelClasses: readonly string[],
  modelIndex: ReadonlyMap<string, number>,
): boolean {
  if (classes.length !== modelClasses.length) return false
  return classes.every((name, index) => (modelIndex.get(normalise(name)) ?? index) === index)
}

/** Classes that the data set does not have get ids that no file uses. */
function listCategoryIds(dataset: Dataset, target: readonly number[], count: number): (number | string)[] {
  const ids = Array.from({ length: count }, (_, index): number | string => -1 - index)
  for (const [from, to] of target.entries()) ids[to] = dataset.categoryIds[from]!
  return ids
}

function normalise(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
}

function preview(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} …` : names.join(', ')
}
