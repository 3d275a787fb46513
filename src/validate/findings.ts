/** Oddities of annotations: Assay counts and names them instead of ending the run. */
export type FindingKind =
  | 'annotation-without-image'
  | 'picture-not-found'
  | 'picture-elsewhere'
  | 'picture-calibrated-on'
  | 'picture-unreadable'
  | 'image-without-annotations'
  | 'box-outside-image'
  | 'empty-box'
  | 'box-of-negative-size'
  | 'keypoints'
  | 'unknown-category'
  | 'duplicate-image'
  | 'picture-of-two-images'
  | 'split-shared'
  | 'duplicate-annotation'
  | 'missing-area'
  | 'class-not-in-model'
  | 'class-not-in-dataset'
  | 'class-matched-by-order'

export interface Finding {
  readonly kind: FindingKind
  readonly count: number
  /** The first few, as a person would look for them. */
  readonly examples: readonly string[]
  /** What it is, and what was done about it. */
  readonly message: string
}

const messages: Readonly<Record<FindingKind, string>> = {
  'annotation-without-image': 'annotations belong to no image of the list; they were left out',
  'picture-not-found': 'images have no file; they were left out with their annotations',
  'picture-elsewhere':
    'images are named in folders that are not here; they were found by the last parts of their names',
  'picture-calibrated-on':
    'images are among those that the ranges come from; on them the quantised stages look better than they are',
  'picture-unreadable':
    'pictures are damaged, or of a format that is not read; they were left out with their annotations',
  'image-without-annotations': 'images have no annotation; every detection on them is a false one',
  'box-outside-image': 'boxes reach more than a pixel outside their image; they were kept as they are',
  keypoints: 'labels have keypoints (pose); their boxes alone were read',
  'empty-box': 'boxes have no width or no height; they count as objects that nothing can find',
  'box-of-negative-size':
    'boxes have a negative width or height, as swapped corners give; they count as objects that nothing can find',
  'unknown-category': 'annotations have a category that is not listed; they were left out',
  'duplicate-image': 'images are listed more than once; the first was kept',
  'picture-of-two-images':
    'images have the file of another image; each is measured with its own annotations alone',
  'split-shared':
    'folders or lists of this split are those of another, too; a model that learnt from them looks better than it is',
  'duplicate-annotation': 'annotations repeat one before; identical ones were left out, the others kept',
  'missing-area': 'annotations have no area; width times height of the box was taken',
  'class-not-in-model': 'classes of the data set are unknown to the model; their objects count as missed',
  'class-not-in-dataset':
    'classes of the model have no name in the data set; their detections were left out of the mean',
  'class-matched-by-order': 'classes have other names in the model; they were matched by their order',
}

const maxExamples = 5

/** Counts oddities while annotations are read. */
export interface FindingLog {
  readonly add: (kind: FindingKind, example: string) => void
  readonly list: () => Finding[]
}

export function createFindingLog(earlier: readonly Finding[] = []): FindingLog {
  const entries = new Map<FindingKind, { count: number; examples: string[] }>()
  for (const { kind, count, examples } of earlier) entries.set(kind, { count, examples: [...examples] })
  return {
    add(kind, example) {
      const entry = entries.get(kind) ?? { count: 0, examples: [] }
      entry.count++
      if (entry.examples.length < maxExamples) entry.examples.push(example)
      entries.set(kind, entry)
    },
    list: () => [...entries].map(([kind, entry]) => ({ kind, ...entry, message: messages[kind] })),
  }
}
