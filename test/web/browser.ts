import { accessSync, constants } from 'node:fs';
import { source as AXE } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Why no browser can run here; undefined when one can. */
export function missingBrowser(): string | undefined {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return undefined;
  } catch {
    return `${CHROMIUM} is not there: apt-get install chromium`;
  }
}

/** Starts Debian's Chromium, which makes no request of its own. */
export function startBrowser(): Promise<Browser> {
  const quiet = ['background-networking', 'component-update', 'sync', 'quic'].map(
    (one) => `--disable-${one}`,
  );
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet],
  });
}

/** A user at the operator's page: one tab, and everything that it has asked for or complained about. */
export class Operator {
  /** Requests to other origins. */
  readonly foreign: string[] = [];
  /** Errors of the page, and violations of its content security policy. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly url: string,
  ) {}

  static async at(
    browser: Browser,
    url: string,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<Operator> {
    const context = await browser.newContext({
      ...options,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const operator = new Operator(page, context, url);
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        operator.foreign.push(request.url());
    });
    page.on('pageerror', (error) => operator.complaints.push(error.message));
    page.on('console', (message) => {
      // Chromium reports each refused request as an error; the page says these in words.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) operator.complaints.push(message.text());
    });
    await page.goto(url);
    return operator;
  }

  async signIn(key: string): Promise<void> {
    await this.page.getByLabel('API key').fill(key);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Opens a page by its address and waits until everything on it is read. */
  async open(...path: readonly string[]): Promise<void> {
    await this.page.goto(`${this.url}/#/${path.map(encodeURIComponent).join('/')}`);
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.locator('h1').first().waitFor();
    await this.page.getByText('Reading…', { exact: true }).first().waitFor({ state: 'detached' });
  }

  /** Waits until the page shows a text. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Returns the violations of WCAG and of good practice on the page as it is, by all rules of axe or by some. */
  async violations(rules?: readonly string[]): Promise<readonly string[]> {
    await this.page.evaluate(AXE);
    const options = JSON.stringify(rules ? { runOnly: rules } : {});
    const results = (await this.page.evaluate(`axe.run(${options})`)) as {
      violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
    };
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
  }

  /** Returns by how many pixels the page is wider than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
