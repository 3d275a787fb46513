/** This file names the groups of files that `assay quantise` can write. It imports no writer, so that `--help` loads none. */
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
