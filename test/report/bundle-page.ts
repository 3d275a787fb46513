import { rolldown } from 'rolldown'

/** The scripts of the pages: what each is made from, where it goes, and its name there. */
export const PAGE_SCRIPTS = [
  { source: 'src/report/browser/main.ts', module: 'src/report/html/script.min.ts', name: 'PAGE_SCRIPT' },
  { source: 'src/report/browser/night.ts', module: 'src/report/night/script.min.ts', name: 'NIGHT_SCRIPT' },
] as const

/** Bundles a page's script, without its types, as one expression that can stand in a script element. */
export async function bundlePage(source: string): Promise<string> {
  await using bundle = await rolldown({ input: source, platform: 'browser', tsconfig: false })
  const { output } = await bundle.generate({ format: 'iife', minify: true })
  if (output.length > 1) throw new Error(`${source} became ${output.length} files: expected one`)
  return output[0].code.trim()
}

/** The text of the module that holds it. */
export function renderScriptModule(script: string, name: string): string {
  return [
    '/** A script of ../browser, bundled by `npm run build:page`. test/report/bundle-page.test.ts compares it with a fresh bundle. */',
    `export const ${name} =`,
    `  '${script.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`,
    '',
  ].join('\n')
}
