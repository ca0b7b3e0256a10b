import ts from 'typescript';

/** Globals that give access to the time, the machine, the network or randomness, or to such globals. */
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

/** Methods whose answer depends on the machine's language or time zone. */
const BY_LOCALE = /^(localeCompare|toLocale\w+|getTimezoneOffset)$/;

/** Returns the parts of a source text that make its answers depend on more than its arguments, with their lines. */
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
  // By index or destructured: any use of these two other than `.name` could reach a forbidden member.
  if (ts.isElementAccessExpression(node))
    return isNamed(node.expression, 'Date') || isNamed(node.expression, 'Math');
  if (ts.isVariableDeclaration(node) && node.initializer)
    return isNamed(node.initializer, 'Date') || isNamed(node.initializer, 'Math');
  return ts.isIdentifier(node) && IMPURE.has(node.text) && isReference(node);
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** Returns true when the name is a reference, and not the name of a property. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isPropertySignature(parent);
}
