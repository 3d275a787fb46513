/** Versions of Verilator that the tests run with. docs/installing.md says which tests, and when. */
export const TESTED_VERSIONS: readonly string[] = ['5.006', '5.020', '5.032', '5.048']

/** What is said once where models are built with another version; null for one of these. */
export function describeVersion(version: number): string | null {
  const name = version.toFixed(3)
  if (TESTED_VERSIONS.includes(name)) return null
  return (
    `Verilator ${name} passes the known answers, and the tests of Assay have not run with it, but with ` +
    `${TESTED_VERSIONS.join(', ')} (docs/installing.md).`
  )
}
