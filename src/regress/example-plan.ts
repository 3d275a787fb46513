/** The plan to begin with that `assay regress --example` prints: it runs as it is, on the embedded model. */
export const EXAMPLE_PLAN = `# yaml-language-server: $schema=./node_modules/assay/docs/regress.schema.json
# A plan for \`assay regress\`; node_modules/assay/docs/regress.md explains it.
# Every combination of the matrix is an entry. Paths begin at this file.
name: nightly
matrix:
  bits: [8, 6]
  seeds: 1..3
  mode: [isolated, chained]
  # rtl: rtl                          # your copy of the RTL
  # image: images/*.jpg               # your pictures
  # model: { model: yolov8n.pt, calibration: images }
# include:                            # a module of your own
#   - { module: pool/assay.config.ts }
# exclude:
#   - { bits: 6, mode: chained }
limits: { run: 10m, total: 8h }
`
