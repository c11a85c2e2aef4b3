// What somebody meets who begins: how a project stands at a glance, and what to do where nothing can be proved.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { Scene } from './scene.mjs';
import { until, Workbench } from './workbench.mjs';

let workbench;
let config;
const scene = new Scene();
const { check } = scene;

/** What the status item says of the project as it is. */
const AS_IT_IS = /pgpe: \d+ proven · \d+ findings/;

/** The status item, as soon as it says something. */
async function status(text) {
  const item = workbench.page.locator('.statusbar-item', { hasText: text });
  await item.waitFor();
  return item;
}

/** Puts a text in the place of the whole configuration, without saving it. */
async function configure(text) {
  assert.ok(await workbench.ask('replace', config, { $range: [0, 0, 1000, 0] }, text));
}

before(async () => {
  workbench = await Workbench.open('saas');
  // No file is opened: the folder alone is enough.
  scene.workbench = workbench;
  config = workbench.uri('pgpe.yaml');
});

after(() => workbench?.close());

check('a project without leaks does not look like one with them', async () => {
  const item = await status(AS_IT_IS);
  // Other proofs have failed there; those are findings.
  assert.doesNotMatch(await item.getAttribute('class'), /error-kind|warning-kind/);
});

check('a click on the status item offers a way to begin', async () => {
  await (await status(AS_IT_IS)).click();
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Get Started' }).click();
  const step = workbench.page.locator('.getting-started-step', { hasText: 'Have the program' });
  // Names of programs and files are set apart: the signs around them do not stand in the text.
  await step.first().locator('code', { hasText: 'pgpe' }).waitFor();
  await workbench.picture('walkthrough');
  await workbench.command('workbench.action.closeAllEditors');
});

check('a configuration that is broken is told at a glance', async () => {
  await workbench.ask('open', config);
  const before = await workbench.ask('text', config);
  await configure('isolaton: []\n');
  const item = await status('pgpe.yaml has an error');
  assert.match(await item.getAttribute('class'), /warning-kind/);
  await configure(before);
  await status(AS_IT_IS);
});

check('isolation that nothing is said of is told at a glance', async () => {
  const before = await workbench.ask('text', config);
  await configure("isolation:\n  - key: session('app.org_id')\n    owner: org_id\n");
  await status('pgpe: isolation not proved');
  await configure(before);
  await status(AS_IT_IS);
});

check('a schema that is missing is told at a glance', async () => {
  const before = await workbench.ask('text', config);
  await configure('schema: { file: not-there.sql }\n');
  await status('pgpe: no schema');
  await configure(before);
  await status(AS_IT_IS);
  // An editor that is to be saved asks before it is closed.
  await workbench.command('workbench.action.files.revert');
});

check('the preview shows where its lines begin', async () => {
  const policy = workbench.uri('isolation.policy');
  await workbench.command('workbench.action.closeAllEditors');
  await workbench.ask('open', policy);
  // A line of SQL that is longer than its window is wide, and the cursor in what stands at its end.
  const lines = (await workbench.ask('text', policy)).split('\n');
  const line = lines.findIndex((it) => it.includes('CLAUSE'));
  const more = `  OR CLAUSE col('tenant_id') = session('app.${'a_name_that_goes_on_'.repeat(5)}')\n`;
  assert.ok(await workbench.ask('replace', policy, { $range: [line + 1, 0, line + 1, 0] }, more));
  await workbench.ask('cursor', policy, { $position: [line, lines[line].indexOf("session('app") + 2] });
  await workbench.command('pgpe.previewSql');
  const sql = workbench.page.locator('.editor-instance', { hasText: /CREATE.POLICY/ });
  await sql.locator('.view-line', { hasText: 'a_name_that_goes_on' }).waitFor();
  // While the workbench draws its lines again, there is none for a moment.
  const [window, first] = await until('window and lines have a place', async () => {
    const boxes = [await sql.boundingBox(), await sql.locator('.view-line').first().boundingBox()];
    return boxes.every((it) => it !== null) && boxes;
  });
  assert.ok(first.x >= window.x, `lines begin at ${first.x}, and the window at ${window.x}`);
});
