// Where the pgpe program is.

import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';

/** What the search for the program depends on. */
export interface Surroundings {
  /** The setting `pgpe.server.path`; empty to search. */
  configured: string;
  /** The folders that are open, the first one first. */
  folders: string[];
  /** The variable PATH. */
  searchPath: string;
  windows: boolean;
}

/** The program, or one sentence about what is wrong and what to do. */
export type Search = { path: string } | { problem: string };

/** Finds the program by the setting, or else on PATH. */
export function findProgram(surroundings: Surroundings): Search {
  const configured = surroundings.configured.trim();
  if (configured === '') {
    return onPath(surroundings, 'pgpe') ?? {
      problem:
        'The program pgpe is not on your PATH: build it, and name it in the setting “pgpe.server.path”.',
    };
  }
  const file = expand(configured, surroundings.folders);
  if (!file.includes('/') && !file.includes(path.sep)) {
    return onPath(surroundings, file) ?? {
      problem: `The setting “pgpe.server.path” names ${file}, which is not on your PATH.`,
    };
  }
  const found = withSuffixes(path.resolve(surroundings.folders[0] ?? '', file), surroundings.windows).find(isProgram);
  return found === undefined
    ? { problem: `The setting “pgpe.server.path” names ${file}, which is not a program that can be run.` }
    : { path: found };
}

/** Puts the home folder for `~` and the first open folder for `${workspaceFolder}`. */
function expand(configured: string, folders: string[]): string {
  const home = configured.replace(/^~(?=$|[/\\])/, () => homedir());
  return home.replace(/\$\{workspaceFolder\}/g, () => folders[0] ?? '.');
}

function onPath(surroundings: Surroundings, name: string): Search | undefined {
  const folders = surroundings.searchPath.split(path.delimiter).filter((folder) => folder !== '');
  const found = folders
    .flatMap((folder) => withSuffixes(path.join(folder, name), surroundings.windows))
    .find(isProgram);
  return found === undefined ? undefined : { path: found };
}

function withSuffixes(file: string, windows: boolean): string[] {
  return windows ? [`${file}.exe`, file] : [file];
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
