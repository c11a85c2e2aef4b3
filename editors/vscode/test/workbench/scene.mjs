// A file that is edited in a workbench, and what tests do with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from './workbench.mjs';

export class Scene {
  /** Shows a file; the rest is about that one. */
  async begin(workbench, file) {
    this.workbench = workbench;
    await workbench.command('workbench.action.closeSidebar');
    await this.show(file);
  }

  async show(file) {
    this.file = file;
    await this.workbench.ask('open', file);
  }

  /** A test that keeps a picture if it fails. */
  check = (name, body) =>
    test(name, async () => {
      try {
        await body();
      } catch (error) {
        await this.workbench.picture(`failed ${name.replaceAll(' ', '-')}`);
        throw error;
      }
    });

  diagnostics() {
    return this.workbench.ask('diagnostics', this.file);
  }

  /** Waits for a finding of a rule, and gives it. */
  finding(rule, line) {
    return until(`${rule} is found`, async () => {
      const found = await this.diagnostics();
      return found.find((it) => it.rule === rule && (line === undefined || it.line === line));
    });
  }

  text() {
    return this.workbench.ask('text', this.file);
  }

  /** Where a text stands first: the line and its columns. */
  async lineOf(text) {
    const lines = (await this.text()).split('\n');
    const line = lines.findIndex((it) => it.includes(text));
    assert.notEqual(line, -1, `no line with ${text}`);
    return { line, from: lines[line].indexOf(text), to: lines[line].indexOf(text) + text.length };
  }

  /** Puts a text in another's place. */
  async replace(old, text) {
    const { line, from, to } = await this.lineOf(old);
    assert.ok(await this.workbench.ask('replace', this.file, { $range: [line, from, line, to] }, text));
  }

  async cursorTo(line, character) {
    await this.workbench.ask('cursor', this.file, { $position: [line, character] });
    const place = `Ln ${line + 1}, Col ${character + 1}`;
    await this.workbench.page.locator('.statusbar-item', { hasText: place }).waitFor();
  }

  async cursorAt(text) {
    const { line, from } = await this.lineOf(text);
    await this.cursorTo(line, from + 1);
  }

  async cursorBehind(text) {
    const { line, to } = await this.lineOf(text);
    await this.cursorTo(line, to);
  }

  /** Types where the cursor is. */
  type(text) {
    return this.workbench.page.keyboard.type(text);
  }

  press(key) {
    return this.workbench.page.keyboard.press(key);
  }
}
