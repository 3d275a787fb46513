/** What `assay quantise` can write, by name; apart from the writers, so that `--help` loads none of them. */
export const FILE_GROUPS = [
  'original',
  'fused',
  'quantised',
  'architecture',
  'ranges',
  'calibration',
  'onnx',
] as const
export type FileGroup = (typeof FILE_GROUPS)[number]
