import { expect, test } from 'vitest'
import { bundlePage, renderScriptModule } from './bundle-page.ts'

// `npm run build:page` runs this file with --update, which writes the module.
test('script.min.ts is what src/report/browser bundles to', async () => {
  const script = await bundlePage()
  // Nothing in it may end the script element, or begin a comment that hides the end.
  expect(script).not.toMatch(/<\/script|<!--/i)
  await expect(renderScriptModule(script)).toMatchFileSnapshot('../../src/report/html/script.min.ts')
})
