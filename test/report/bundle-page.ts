import { rolldown } from 'rolldown'

const SOURCE = 'src/report/browser/main.ts'

/** Bundles the page's script, without its types, as one expression that can stand in a script element. */
export async function bundlePage(): Promise<string> {
  await using bundle = await rolldown({ input: SOURCE, platform: 'browser', tsconfig: false })
  const { output } = await bundle.generate({ format: 'iife', minify: true })
  if (output.length > 1) throw new Error(`${SOURCE} became ${output.length} files: expected one`)
  return output[0].code.trim()
}

/** The text of src/report/html/script.min.ts. */
export function renderScriptModule(script: string): string {
  return [
    '/** The script in ../browser, bundled by `npm run build:page`. test/report/bundle-page.test.ts compares it with a fresh bundle. */',
    'export const PAGE_SCRIPT =',
    `  '${script.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    '',
  ].join('\n')
}
