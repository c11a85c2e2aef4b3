import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headings, lastLine, originAt, PickedTables, sqlAt } from '../../src/preview/model';
import type { CompiledSql, Origin } from '../../src/protocol';

function range(text: string) {
  const [start, end] = text.split('-').map((point) => {
    const [line, character] = point.split(':').map(Number);
    return { line: line ?? 0, character: character ?? 0 };
  });
  return { start: start!, end: end! };
}

function at(text: string) {
  return range(`${text}-${text}`).start;
}

const FILE = 'file:///a.policy';

function origin(policy: string, sql: string, uri = FILE): Origin {
  return { policy: range(policy), sql: range(sql), uri };
}

const MAP = [
  origin('0:0-6:0', '4:0-8:10'),
  origin('4:2-4:40', '8:2-8:30'),
  origin('4:9-4:20', '8:2-8:11'),
  origin('4:9-4:20', '9:2-9:11'),
  origin('4:2-4:40', '1:0-1:5', 'file:///b.policy'),
];

test('the cursor marks what the smallest part around it compiles to, wherever that is', () => {
  assert.deepEqual(sqlAt(MAP, FILE, at('4:12')), [range('8:2-8:11'), range('9:2-9:11')]);
  assert.deepEqual(sqlAt(MAP, FILE, at('4:30')), [range('8:2-8:30')]);
  assert.deepEqual(sqlAt(MAP, FILE, at('2:0')), [range('4:0-8:10')]);
  assert.deepEqual(sqlAt(MAP, FILE, at('7:0')), []);
  assert.deepEqual(sqlAt(MAP, 'file:///b.policy', at('4:12')), [range('1:0-1:5')]);
});

test('where all of it is meant, nothing is marked', () => {
  const map = [origin('0:0-6:0', '0:0-8:12'), origin('4:9-4:20', '8:2-8:11')];
  assert.deepEqual(sqlAt(map, FILE, at('0:3')), []);
  assert.deepEqual(sqlAt(map, FILE, at('4:12')), [range('8:2-8:11')]);
});

test('the ends of a part belong to it', () => {
  assert.deepEqual(sqlAt(MAP, FILE, at('4:9')), [range('8:2-8:11'), range('9:2-9:11')]);
  assert.deepEqual(sqlAt(MAP, FILE, at('4:20')), [range('8:2-8:11'), range('9:2-9:11')]);
});

test('SQL leads to the smallest part of a policy that it comes from', () => {
  assert.deepEqual(originAt(MAP, at('8:5'))?.policy, range('4:9-4:20'));
  assert.deepEqual(originAt(MAP, at('8:20'))?.policy, range('4:2-4:40'));
  assert.equal(originAt(MAP, at('20:0')), undefined);
});

function answer(changes: Partial<CompiledSql>): CompiledSql {
  return { text: '', policy: 'p', table: 'a', tables: ['a', 'b'], map: [], changed: [], ...changes };
}

test('a picked table is come back to with its policy', () => {
  const picked = new PickedTables();
  assert.equal(picked.wanted, undefined);
  assert.equal(picked.correct(answer({})), undefined);
  picked.pick('p', 'b');
  assert.equal(picked.wanted, 'b');
  assert.equal(picked.correct(answer({ table: 'b' })), undefined);
  // The cursor goes to another policy, which has no such table, and comes back.
  assert.equal(picked.correct(answer({ policy: 'q', table: 'c', tables: ['c', 'd'] })), undefined);
  assert.equal(picked.wanted, undefined);
  assert.equal(picked.correct(answer({})), 'b');
});

test('a picked table that the policy no longer governs is not asked for again', () => {
  const picked = new PickedTables();
  picked.correct(answer({}));
  picked.pick('p', 'b');
  assert.equal(picked.correct(answer({ tables: ['a'] })), undefined);
});

test('headings tell the table and the changed lines', () => {
  assert.deepEqual(headings(answer({ tables: ['a'] })), { tables: undefined, changes: undefined });
  assert.equal(headings(answer({ table: 'b' })).tables, 'b, 2 of 2 tables of p. Choose another…');
  assert.equal(headings(answer({ changed: [range('3:0-4:0')] })).changes, '1 line differs from what is saved');
  const changed = [range('3:0-4:0'), range('3:2-3:5'), range('6:0-7:1')];
  assert.equal(headings(answer({ changed })).changes, '3 lines differ from what is saved');
});

test('a range that ends at a beginning of a line has nothing of that line', () => {
  assert.equal(lastLine(range('1:0-3:0')), 2);
  assert.equal(lastLine(range('1:0-1:0')), 1);
  assert.equal(lastLine(range('1:0-3:1')), 3);
});
