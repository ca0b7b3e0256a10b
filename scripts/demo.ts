import { DemoShop } from './demo/demo-shop';
import { findOrStart } from './demo/running-holdfast';
import { STORIES } from './demo/stories';

/** `npm run demo`: plays the stories on a running Holdfast and prints what happened. Exits with 1 if one fails. */
async function main(): Promise<void> {
  const holdfast = await findOrStart(console.log);
  try {
    const shop = new DemoShop(holdfast);
    for (const [index, { title, tell }] of STORIES.entries()) {
      console.log(`\n${index + 1}. ${title}`);
      const { lines, order } = await tell(shop, holdfast);
      for (const line of lines) console.log(`   ${line}`);
      const link = order?.links.webUi ?? sagasAt(holdfast.webUiUrl);
      if (link !== undefined) console.log(`   its saga: ${link}`);
    }
    console.log('\nAll stories ended as they should.');
  } finally {
    await holdfast.leave();
  }
}

function sagasAt(webUiUrl: string | undefined): string | undefined {
  return webUiUrl && `${webUiUrl}/namespaces/default/workflows`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
