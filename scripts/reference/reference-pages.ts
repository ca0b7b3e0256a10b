import { asyncApiDocument } from './asyncapi-document';
import { cliPage } from './cli-page';
import { configurationPage } from './configuration-page';
import { eventsPage } from './events-page';
import { metricsPage } from './metrics-page';
import { reasonCodesPage } from './reason-codes-page';

/** Returns the derived pages of docs/reference and the AsyncAPI document, by their path from the root of the project. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/reason-codes.md': reasonCodesPage(),
    'docs/reference/events.md': eventsPage(),
    'docs/reference/cli.md': await cliPage(),
    'docs/reference/metrics.md': metricsPage(),
    'src/http/system/asyncapi.json': asyncApiDocument(),
  };
}
