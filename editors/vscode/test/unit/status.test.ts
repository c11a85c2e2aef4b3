import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ErrorCodes, isOvertaken, type ProjectStatus, type Summary } from '../../src/protocol';
import { escape, summarize } from '../../src/statusText';

const NOTHING: Summary = { errors: 0, warnings: 0, notes: 0, proven: 0, failed: 0, unknown: 0, pending: 0, tables: 0 };

function project(counts: Partial<Summary>, changes: Partial<ProjectStatus> = {}): ProjectStatus {
  return {
    root: 'file:///projects/shop',
    schema: { kind: 'file', source: 'schema.sql', tables: 1 },
    targets: [],
    summary: { ...NOTHING, ...counts },
    misconfigured: false,
    ...changes,
  };
}

const name = (root: string) => root.split('/').at(-1) ?? root;

function summary(...projects: ProjectStatus[]) {
  return summarize({ projects }, name);
}

test('what is worst decides how it looks', () => {
  const looks = (counts: Partial<Summary>) => {
    const { text, severity } = summary(project(counts));
    return [text, severity];
  };
  assert.deepEqual(looks({ proven: 20 }), ['$(pass) pgpe: 20 proven', 'good']);
  assert.deepEqual(looks({ proven: 20, notes: 4 }), ['$(pass) pgpe: 20 proven · 4 findings', 'good']);
  assert.deepEqual(looks({ proven: 20, warnings: 4, notes: 4 }), ['$(warning) pgpe: 20 proven · 8 findings', 'good']);
  assert.deepEqual(looks({ proven: 20, errors: 1 }), ['$(error) pgpe: 20 proven · 1 finding', 'warning']);
  assert.deepEqual(looks({ proven: 20, unknown: 2 }), ['$(question) pgpe: 20 proven, 2 unknown', 'warning']);
  const failed = ['$(error) pgpe: 20 proven, 3 FAILED, 2 unknown · 1 finding', 'error'];
  assert.deepEqual(looks({ proven: 20, unknown: 2, failed: 3, errors: 1 }), failed);
  assert.deepEqual(looks({ errors: 2 }), ['$(error) pgpe: 2 findings', 'warning']);
  assert.deepEqual(looks({ failed: 3, pending: 1 }), ['$(sync~spin) pgpe: proving 1', 'good']);
});

test('where isolation is proved of no table, that is said', () => {
  const { text, severity, details } = summary(project({ tables: 2, warnings: 1, notes: 1 }));
  assert.equal(text, '$(warning) pgpe: isolation not proved · 2 findings');
  assert.equal(severity, 'good');
  assert.ok(details.includes('whose a row is'), details);
  assert.ok(details.includes('| Tenant isolation, by table and command | none |'), details);
  assert.ok(details.includes('| Findings | 1 warning, 1 note |'), details);
  // A folder beside the project is no trouble.
  const both = summary(project({ tables: 2 }), project({ tables: 5, proven: 20 }));
  assert.equal(both.text, '$(pass) pgpe: 20 proven');
  assert.ok(both.details.includes('whose a row is'), both.details);
  assert.ok(!summary(project({ tables: 2, pending: 1 })).details.includes('whose a row is'));
});

test('where nothing can be proved, it is said why and what to do', () => {
  const folder = project({ notes: 1 }, { schema: { kind: 'none', source: null, tables: 0 } });
  const schemaless = summary(folder);
  assert.equal(schemaless.text, '$(warning) pgpe: no schema · 1 finding');
  assert.equal(schemaless.severity, 'warning');
  assert.ok(schemaless.details.includes('schema.sql'), schemaless.details);
  assert.ok(schemaless.details.includes('| Findings | 1 note |'), schemaless.details);
  assert.equal(summary(folder, project({ proven: 20 })).text, '$(pass) pgpe: 20 proven · 1 finding');
  const broken = project({ errors: 1 }, { misconfigured: true });
  const misconfigured = summary(broken);
  assert.equal(misconfigured.text, '$(warning) pgpe: pgpe.yaml has an error · 1 finding');
  assert.equal(misconfigured.severity, 'warning');
  assert.ok(misconfigured.details.includes('correct it first'), misconfigured.details);
  assert.equal(summary(broken, project({ proven: 20, unknown: 1 })).text, misconfigured.text);
  // A leak elsewhere is worse.
  const leak = summary(broken, project({ proven: 2, failed: 1 }));
  assert.equal(leak.text, '$(error) pgpe: 2 proven, 1 FAILED · 1 finding');
  assert.equal(leak.severity, 'error');
  assert.ok(leak.details.includes('correct it first'), leak.details);
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
  const other = project({ proven: 1, failed: 2, errors: 2, notes: 1 }, { root: 'file:///projects/a_b', targets });
  const { text, details } = summary(project({ proven: 4 }), other);
  assert.equal(text, '$(error) pgpe: 5 proven, 2 FAILED · 3 findings');
  assert.ok(details.includes('**shop**') && details.includes('**a\\_b**'));
  assert.ok(details.includes('| Schema | schema.sql, 1 table |'), details);
  assert.ok(details.includes('| Tenant isolation, by table and command | 1 proven, 2 FAILED |'), details);
  assert.ok(details.includes('| Findings | 2 errors, 1 note |') && details.includes('| Findings | none |'), details);
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
