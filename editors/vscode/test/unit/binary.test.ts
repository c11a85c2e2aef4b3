import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';

import { findProgram, type Surroundings } from '../../src/binary';

let folder = '';
let program = '';

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pgpe-binary-'));
  mkdirSync(path.join(folder, 'bin'));
  program = path.join(folder, 'bin', 'pgpe');
  writeFileSync(program, '');
  chmodSync(program, 0o755);
  writeFileSync(path.join(folder, 'notes'), '');
});

after(() => rmSync(folder, { recursive: true }));

function find(changes: Partial<Surroundings>) {
  return findProgram({ configured: '', folders: [folder], searchPath: '', windows: false, ...changes });
}

test('it is looked for on PATH, the first one counting', () => {
  const searchPath = ['', path.join(folder, 'nowhere'), path.join(folder, 'bin'), '/bin'].join(path.delimiter);
  assert.deepEqual(find({ searchPath }), { path: program });
});

test('where it is not on PATH, the setting is named', () => {
  const found = find({ searchPath: '/nowhere' });
  assert.ok('problem' in found && found.problem.includes('not on your PATH') && found.problem.includes('pgpe.server.path'));
});

test('a folder of its name is not the program', () => {
  mkdirSync(path.join(folder, 'odd', 'pgpe'), { recursive: true });
  assert.ok('problem' in find({ searchPath: path.join(folder, 'odd') }));
});

test('the setting names a file in several ways', () => {
  const ways = [program, 'bin/pgpe', '${workspaceFolder}/bin/pgpe', `  ${program} `];
  const relative = path.relative(homedir(), program);
  for (const configured of [...ways, `~/${relative}`]) {
    assert.deepEqual(find({ configured, searchPath: '/bin' }), { path: program }, configured);
  }
});

test('the setting names a program on PATH', () => {
  const found = find({ configured: 'pgpe', searchPath: path.join(folder, 'bin') });
  assert.deepEqual(found, { path: program });
});

test('what the setting names must be a program, and nothing else is taken instead', () => {
  const searchPath = path.join(folder, 'bin');
  for (const configured of ['/nowhere/pgpe', path.join(folder, 'notes'), folder, 'pgpe-2']) {
    const found = find({ configured, searchPath });
    assert.ok('problem' in found && found.problem.includes(configured), configured);
  }
});

test('on Windows its name has an ending', () => {
  writeFileSync(`${program}.exe`, '');
  chmodSync(`${program}.exe`, 0o755);
  const found = find({ searchPath: path.join(folder, 'bin'), windows: true });
  assert.deepEqual(found, { path: `${program}.exe` });
});
