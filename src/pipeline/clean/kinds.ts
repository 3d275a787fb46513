/** What Assay leaves on a disk, by the names that it gives: anything of another name is somebody else's. */

export const KINDS = [
  'results',
  'nights',
  'models',
  'runtimes',
  'pieces',
  'evidence',
  'ROMs',
  'quantised',
  'stimulus',
  'accuracy',
  'facts',
] as const
export type Kind = (typeof KINDS)[number]

/** Names of one kind in one folder. */
export interface Place {
  readonly kind: Kind
  /** From the folder of the cache. */
  readonly folder: string
  readonly pattern: RegExp
}

/** In `cache/` of the results' folder. */
export const CACHE_PLACES: readonly Place[] = [
  { kind: 'evidence', folder: 'evidence', pattern: /^([0-9a-f]{64}|red-last)\.json$/ },
  { kind: 'ROMs', folder: 'roms', pattern: /^[0-9a-f]{40}$/ },
  { kind: 'quantised', folder: 'quantised', pattern: /^[0-9a-f]{64}\.(assay|json|sha256)$/ },
  { kind: 'stimulus', folder: 'stimulus', pattern: /^([0-9a-f]{64}\.bin|program-[0-9a-f]{40}\.mem)$/ },
  { kind: 'accuracy', folder: 'validate', pattern: /^([a-z-]+-[0-9a-f]{24}|figures)$/ },
  { kind: 'facts', folder: '.', pattern: /^(libraries|modules)\.json$|^modules$/ },
]

/** In the folder of models, which others may share. */
export const MODEL_PLACES: readonly Place[] = [
  { kind: 'models', folder: '.', pattern: /^[0-9a-f]{40}$/ },
  { kind: 'models', folder: 'index', pattern: /^[0-9a-f]{40}\.json$/ },
  { kind: 'runtimes', folder: 'runtime', pattern: /^[0-9a-f]{32}$/ },
  { kind: 'runtimes', folder: 'canary', pattern: /^[0-9a-f]{32}$/ },
  { kind: 'pieces', folder: 'units', pattern: /^[0-9a-f]{32}$/ },
  { kind: 'facts', folder: '.', pattern: /^tools-\d+\.json$/ },
]

/** Files by which a folder of results is known, and how each begins. */
export const MARKS: Readonly<Record<string, RegExp>> = {
  'sim.json': /^\s*\{\s*"model":[^{]*"modelHash":/,
  'report.json': /"format":\s*"assay /,
  'regress.json': /"format":\s*"assay /,
  'manifest.json': /"format":\s*"assay /,
  'plan.json': /"format":\s*"assay /,
  'roms/manifest.json': /"format":\s*"assay /,
  'golden/manifest.json': /"format":\s*"assay /,
  'golden/index.json': /"format":\s*"assay /,
  'explain/explain.json': /"format":\s*"assay /,
  'junit.xml': /<testsuites name="assay/,
}

/** Files by which the folder of a night is known. */
export const NIGHT_MARKS: Readonly<Record<string, RegExp>> = {
  'regress.json': /"format":\s*"assay night"/,
  'plan.json': /"format":\s*"assay regress plan"/,
}

/** Whether a name in the folder of a night is one that Assay gives. The history cannot be made again, and stays. */
export const isNightName = (name: string, isFolder: boolean): boolean =>
  (isFolder
    ? /^(runs|data)$/
    : /^((regress|plan|last|codequality)\.json|junit\.xml|report\.html|assay\.sarif|shard(-\d+)?\.(sh|log))$/
  ).test(name)

const DATA =
  /^((sim|report|regress|plan|selftest|validate|noise|blame|sweep|mutation|manifest|architecture|ranges|calibration|shards)\.json|(original|fused|quantised|activations)\.(pickle|safetensors)|(float|quantised)\.onnx|model\.assay|calibration\.txt|assay\.sarif|codequality\.json|junit\.xml|(report|mutation)\.html|(noise|sweep)\.svg|detections-.*\.png|shard(-\d+)?\.(sh|log))$/
const FOLDERS =
  /^(roms|golden|weights|histograms|waves|explain|validate|operator|memories|pictures|merged|runs|layers|shards|\d+-of-\d+)$/

/** Whether a name in a folder of results is one that Assay gives. */
export const isResultName = (name: string, isFolder: boolean): boolean =>
  (isFolder ? FOLDERS : DATA).test(name)
