import { PlantedTree } from './planted-tree';
import { sourceFilesIn } from './source-files';

const CODE = ['src', 'workflows', 'activities', 'web', 'client', 'examples', 'tools', 'scripts', 'test'];
const LONG_FUNCTION = 'noExcessiveLinesPerFunction';

describe('names', () => {
  const NOTHING_SAID = /(^|[/.-])(utils?|helpers?|common|misc|types?)([.-]|$|\/)/;

  test('no file or folder is named for what it is not', () => {
    expect(
      sourceFilesIn(...CODE)
        .filter(({ path }) => NOTHING_SAID.test(path))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  test.each([
    'src/utils.ts',
    'src/helpers/date.ts',
    'test/common/a.ts',
    'src/order-types.ts',
    'src/misc.test.ts',
  ])('%s would be found', (path) => {
    expect(path).toMatch(NOTHING_SAID);
  });

  test('files are in kebab-case', () => {
    const named =
      /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*([.](test|property[.]test|d))?[.][cm]?[jt]sx?$/;
    expect(
      sourceFilesIn(...CODE)
        .filter(({ path }) => !named.test(path))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});

describe('comments say who does it', () => {
  const RIDDLE = /(?:\/\*\*?\s*(?:\*\s*)?|\/\/\s*)(?:What|Whether|Whoever|Who|Whose|Those|Of|Which)\b.*/g;

  test('no comment opens with a question word', () => {
    const found = sourceFilesIn(...CODE).flatMap(({ path, text }) =>
      [...text.matchAll(RIDDLE)].map(([opening]) => `${path}: ${opening}`),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ['/** ', 'What it came to.'],
    ['/**\n * ', 'Whether it is over.'],
    ['// ', 'Of these the last one.'],
  ])('%s%s would be found', (opening, text) => {
    expect(`${opening}${text}`.match(RIDDLE)).toHaveLength(1);
  });
});

describe('functions are short', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `  use(${index});`).join('\n');
  const forms: readonly (readonly [string, (body: string) => string])[] = [
    ['a function', (body) => `export function planted() {\n${body}\n}\n`],
    ['an arrow function', (body) => `export const planted = () => {\n${body}\n};\n`],
    ['a method', (body) => `export class Planted {\n  run() {\n${body}\n  }\n}\n`],
    ['a function in an object', (body) => `export const planted = {\n  async run() {\n${body}\n  },\n};\n`],
  ];
  const places = ['src/domain', 'src/http', 'workflows', 'activities', 'scripts', 'test'];
  let tree: PlantedTree;
  let complaints: readonly string[];

  beforeAll(() => {
    tree = new PlantedTree(['biome.json', '.gitignore']);
    for (const [index, [, wrap]] of forms.entries()) {
      tree.write(`src/long-${index}.ts`, wrap(lines(72)));
      tree.write(`src/short-${index}.ts`, wrap(lines(60)));
    }
    for (const place of places) tree.write(`${place}/long.ts`, forms[0]?.[1](lines(72)) ?? '');
    const output = tree.run('@biomejs/biome/bin/biome', [
      'lint',
      '--reporter=github',
      '--max-diagnostics=none',
      '.',
    ]);
    complaints = output.split('\n').filter((line) => line.includes(LONG_FUNCTION));
  });

  afterAll(() => tree.remove());

  const isFound = (file: string) =>
    complaints.some((line) => line.startsWith('::error') && line.includes(file));

  test.each(forms.map(([form], index) => [form, index]))(
    '%s of more than 70 lines is an error',
    (_form, index) => {
      expect(isFound(`src/long-${index}.ts`)).toBe(true);
      expect(isFound(`src/short-${index}.ts`)).toBe(false);
    },
  );

  test.each(places)('in %s too', (place) => {
    expect(isFound(`${place}/long.ts`)).toBe(true);
  });

  test('and nobody is excused', () => {
    const excused = sourceFilesIn(...CODE).filter(({ text }) =>
      new RegExp(`biome-ignore\\S* lint/complexity/${LONG_FUNCTION}`).test(text),
    );
    expect(excused.map(({ path }) => path)).toEqual([]);
  });
});
