/** What Assay leaves on a disk, by the names that it gives in its cache: anything of another name is somebody else's. */

export const KINDS = [
  'results',
  'nights',
  'histories',
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

/** Kinds that lie in folders of results, file by file; all others are of the cache. */
export const isResult = (kind: Kind): boolean => ['results', 'nights', 'histories'].includes(kind)

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
  { kind: 'evidence', folder: 'evidence/seeds', pattern: /^[0-9a-f]{64}$/ },
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
