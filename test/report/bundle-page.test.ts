import { expect, test } from 'vitest'
import { bundlePage, PAGE_SCRIPTS, renderScriptModule } from './bundle-page.ts'

// `npm run build:page` runs this file with --update, which writes the modules.
test.each(PAGE_SCRIPTS)('$module is what $source bundles to', async ({ source, module, name }) => {
  const script = await bundlePage(source)
  // Nothing in it may end the script element, or begin a comment that hides the end.
  expect(script).not.toMatch(/<\/script|<!--/i)
  await expect(renderScriptModule(script, name)).toMatchFileSnapshot(`../../${module}`)
})
