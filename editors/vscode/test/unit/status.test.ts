import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ErrorCodes, isOvertaken, type ProjectStatus, type Proofs } from '../../src/protocol';
import { escape, summarize } from '../../src/statusText';

function project(proofs: Partial<Proofs>, changes: Partial<ProjectStatus> = {}): ProjectStatus {
  return {
    root: 'file:///projects/shop',
    schema: { kind: 'file', source: 'schema.sql', tables: 1 },
    targets: [],
    proofs: { proven: 0, failed: 0, unknown: 0, pending: 0, ...proofs },
    ...changes,
  };
}

const name = (root: string) => root.split('/').at(-1) ?? root;

function summary(...projects: ProjectStatus[]) {
  return summarize({ projects }, name);
}

test('what is worst is said first', () => {
  assert.equal(summary(project({ proven: 20 })).text, '$(pass) pgpe: 20 proven');
  assert.equal(summary(project({ proven: 20, unknown: 2 })).text, '$(question) pgpe: 2 unknown');
  assert.equal(summary(project({ proven: 20, unknown: 2, failed: 3 })).text, '$(error) pgpe: 3 failed');
  assert.equal(summary(project({ failed: 3 })).severity, 'error');
  assert.equal(summary(project({ failed: 3, pending: 1 })).text, '$(sync~spin) pgpe: proving 1');
});

test('nothing proved does not look proved', () => {
  for (const { text, severity } of [summary(), summary(project({}))]) {
    assert.equal(text, '$(shield) pgpe');
    assert.equal(severity, 'good');
  }
});

test('projects are added up, and told apart', () => {
  const targets = [
    { name: 'dev', protected: false },
    { name: 'prod', protected: true },
  ];
  const other = project({ proven: 1, failed: 2 }, { root: 'file:///projects/a_b', targets });
  const { text, details } = summary(project({ proven: 4 }), other);
  assert.equal(text, '$(error) pgpe: 2 failed');
  assert.ok(details.includes('**shop**') && details.includes('**a\\_b**'));
  assert.ok(details.includes('| Schema | schema.sql, 1 table |'), details);
  assert.ok(details.includes('| Proofs | 1 proven, 2 failed |'), details);
  assert.ok(details.includes('| Targets | dev, prod (protected) |'), details);
});

test('where a schema comes from', () => {
  const schema = (schema: ProjectStatus['schema']) => summary(project({}, { schema })).details;
  assert.ok(schema({ kind: 'none', source: null, tables: 0 }).includes('| Schema | none |'));
  assert.ok(schema({ kind: 'target', source: 'dev', tables: 12 }).includes('| Schema | target dev, 12 tables |'));
});

test('names are no Markdown', () => {
  assert.equal(escape('a_b|c*[d](e)'), 'a\\_b\\|c\\*\\[d\\]\\(e\\)');
});

test('what only came at a bad moment is not told', () => {
  assert.ok(isOvertaken({ code: ErrorCodes.contentModified }));
  assert.ok(isOvertaken({ code: ErrorCodes.requestCancelled }));
  assert.ok(!isOvertaken({ code: ErrorCodes.requestFailed }));
  assert.ok(!isOvertaken(new Error('no')));
  assert.ok(!isOvertaken(null));
});
