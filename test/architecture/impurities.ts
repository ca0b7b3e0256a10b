import ts from 'typescript';

/** Globals that know the time, the machine, the network or chance; or the way to them. */
const IMPURE = new Set([
  'Buffer',
  'Intl',
  'WebAssembly',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'eval',
  'fetch',
  'global',
  'globalThis',
  'navigator',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Methods that answer by the machine's language or time zone. */
const BY_LOCALE = /^(localeCompare|toLocale\w+|getTimezoneOffset)$/;

/** What in a source text makes its answers depend on more than its arguments, with the lines. */
export function impuritiesOf(text: string): readonly string[] {
  const file = ts.createSourceFile('some.ts', text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isImpure(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${line + 1}: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isImpure(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return isNamed(node.expression, 'Date') && !node.arguments?.length;
  if (ts.isCallExpression(node) && isNamed(node.expression, 'Date')) return true;
  if (ts.isPropertyAccessExpression(node)) {
    const { expression: of, name } = node;
    return (
      (isNamed(of, 'Date') && name.text === 'now') ||
      (isNamed(of, 'Math') && name.text === 'random') ||
      BY_LOCALE.test(name.text)
    );
  }
  // By index, or taken apart: whatever is done with these two other than `.name` could reach what is forbidden.
  if (ts.isElementAccessExpression(node))
    return isNamed(node.expression, 'Date') || isNamed(node.expression, 'Math');
  if (ts.isVariableDeclaration(node) && node.initializer)
    return isNamed(node.initializer, 'Date') || isNamed(node.initializer, 'Math');
  return ts.isIdentifier(node) && IMPURE.has(node.text) && isReference(node);
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** A name that is looked up, and not one that is given to a property. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isPropertySignature(parent);
}
