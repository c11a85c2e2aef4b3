// What the SQL preview shows, as far as it can be told without an editor.

import type { Position, Range } from 'vscode-languageserver-protocol';

import type { CompiledSql, Origin } from '../protocol';

/** The tables that were picked, by policy: the preview comes back to them. */
export class PickedTables {
  private readonly picked = new Map<string, string>();
  private policy: string | null = null;

  /** What to ask for, given the policy that was shown last. */
  get wanted(): string | undefined {
    return this.policy === null ? undefined : this.picked.get(this.policy);
  }

  pick(policy: string, table: string): void {
    this.picked.set(policy, table);
  }

  /** Takes note of an answer. Gives the table to ask for instead, if another one was picked for its policy. */
  correct(answer: CompiledSql): string | undefined {
    this.policy = answer.policy;
    const wanted = this.wanted;
    const available = wanted !== undefined && answer.tables.includes(wanted);
    return available && wanted !== answer.table ? wanted : undefined;
  }
}

/** The parts of the SQL that come from the smallest part of a policy around a position; none if that is all of it. */
export function sqlAt(map: Origin[], uri: string, position: Position): Range[] {
  const around = map.filter((it) => it.uri === uri && contains(it.policy, position));
  const smallest = around.reduce<Origin | undefined>(
    (best, it) => (best === undefined || compareSizes(it.policy, best.policy) < 0 ? it : best),
    undefined,
  );
  if (smallest === undefined || map.every((it) => within(it.sql, smallest.sql))) {
    return [];
  }
  return around.filter((it) => equal(it.policy, smallest.policy)).map((it) => it.sql);
}

/** The smallest part of a policy that the SQL at a position comes from. */
export function originAt(map: Origin[], position: Position): Origin | undefined {
  return map
    .filter((it) => contains(it.sql, position))
    .reduce<Origin | undefined>(
      (best, it) => (best === undefined || compareSizes(it.sql, best.sql) < 0 ? it : best),
      undefined,
    );
}

/** What stands above the SQL: which table it is for, and how it differs from what was saved. */
export function headings(answer: CompiledSql): { tables: string | undefined; changes: string | undefined } {
  const { policy, table, tables } = answer;
  const place = table === null ? -1 : tables.indexOf(table);
  return {
    tables:
      policy !== null && tables.length > 1 && place >= 0
        ? `${table}, ${place + 1} of ${tables.length} tables of ${policy}. Choose another…`
        : undefined,
    changes: changes(answer.changed),
  };
}

/** The last line of a range; one that ends at a line's beginning has nothing of that line. */
export function lastLine({ start, end }: Range): number {
  return end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
}

function changes(ranges: Range[]): string | undefined {
  const lines = new Set<number>();
  for (const range of ranges) {
    for (let line = range.start.line; line <= lastLine(range); line += 1) {
      lines.add(line);
    }
  }
  if (lines.size === 0) {
    return undefined;
  }
  return lines.size === 1 ? '1 line differs from what is saved' : `${lines.size} lines differ from what is saved`;
}

function contains(range: Range, position: Position): boolean {
  return compare(range.start, position) <= 0 && compare(position, range.end) <= 0;
}

function within(inner: Range, outer: Range): boolean {
  return contains(outer, inner.start) && contains(outer, inner.end);
}

function equal(one: Range, other: Range): boolean {
  return compare(one.start, other.start) === 0 && compare(one.end, other.end) === 0;
}

function compare(one: Position, other: Position): number {
  return one.line - other.line || one.character - other.character;
}

/** Which range is smaller, by lines first. */
function compareSizes(one: Range, other: Range): number {
  const lines = (range: Range) => range.end.line - range.start.line;
  const characters = (range: Range) => range.end.character - range.start.character;
  return lines(one) - lines(other) || characters(one) - characters(other);
}
