// Builds the extension into dist/. --production: what is packaged; --tests: the unit tests into dist/test.

import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';

import { build } from 'esbuild';

const production = process.argv.includes('--production');
// What makes the package fails with less in words that do not tell why.
const [major, minor] = process.versions.node.split('.').map(Number);
if (production && (major < 20 || (major === 20 && minor < 18))) {
  console.error(`Node.js 20.18 or newer is needed, and this is ${process.versions.node}.`);
  process.exit(1);
}

const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

if (process.argv.includes('--tests')) {
  rmSync('dist/test', { recursive: true, force: true });
  const tests = readdirSync('test/unit').filter((name) => name.endsWith('.test.ts'));
  await build({
    ...common,
    entryPoints: tests.map((name) => `test/unit/${name}`),
    outdir: 'dist/test',
    outExtension: { '.js': '.cjs' },
    sourcemap: 'inline',
  });
} else {
  mkdirSync('dist', { recursive: true });
  await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    minify: production,
    sourcemap: !production,
  });
  // The grammar is generated from the language's definition; the licences are the project's.
  copyFileSync('../../grammar/policy.tmLanguage.json', 'dist/policy.tmLanguage.json');
  for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) {
    copyFileSync(`../../${name}`, `dist/${name}`);
  }
}
