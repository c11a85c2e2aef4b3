import assert from 'node:assert/strict';
import { test } from 'node:test';

import { analysisText, type Report } from '../../src/analysisText';

const REPORT: Report = {
  findings: [
    { rule: 'tenant-isolation', severity: 'error', message: 'rows of public.a_b leak', file: 'a.policy', range: { start: { line: 3 } } },
  ],
  tables: [
    {
      schema: 'public',
      table: 'a_b',
      commands: {
        SELECT: { 'tenant-isolation': 'PROVEN', byRole: { public: {} } },
        INSERT: { 'tenant-isolation': 'FAILED', 'cross-write': 'UNKNOWN' },
      },
    },
    { schema: 'public', table: 'c', commands: { SELECT: { 'tenant-isolation': 'PROVEN' } } },
  ],
  summary: { errors: 1, warnings: 0, proven: 2, failed: 1, unknown: 0 },
};

const name = (root: string) => root.split('/').at(-1) ?? root;

test('a table has the worst verdict of its commands', () => {
  const lines = analysisText({ projects: [{ root: 'file:///shop', report: REPORT }] }, name).split('\n');
  assert.equal(lines[0], '# shop');
  assert.equal(lines[2], '1 error. Tenant isolation, by table and command: 2 proven, 1 FAILED.');
  assert.ok(lines.includes('| table | tenant-isolation | cross-write |'), lines.join('\n'));
  assert.ok(lines.includes('| public.a\\_b | ✗ | ? |'));
  assert.ok(lines.includes('| public.c | ✓ |  |'));
  assert.ok(lines.includes('- **error** a.policy:3: rows of public.a\\_b leak (tenant-isolation)'));
});

test('without projects or tables that is said', () => {
  assert.equal(analysisText({ projects: [] }, name), 'No project is open.\n');
  const summary = { errors: 0, warnings: 0, proven: 0, failed: 0, unknown: 0 };
  const report = { tables: [], findings: [], summary };
  const lines = analysisText({ projects: [{ root: 'file:///shop', report }] }, name).split('\n');
  assert.equal(lines[2], 'No findings.');
  assert.ok(lines.some((it) => it.startsWith('No table is governed by a policy: policies are in `*.policy` files')));
});
