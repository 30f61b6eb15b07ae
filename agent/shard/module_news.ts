/**
 * The modules of a shard whose status is to be told to the reporter: those that had reports, and first those of which a
 * host changed its state.
 *
 * @module
 */

import type { Module } from "./module.ts";

/** Which modules have news. Whoever takes one tells all there is to tell of it. */
export class ModuleNews {
  /** The modules that had reports since they were last taken, the first of them first. */
  #reported = new Set<Module>();
  /** Those of which a host changed its state since. */
  #changed = new Set<Module>();

  /** Notes that a module had reports. */
  noteReport(module: Module): void {
    this.#reported.add(module);
  }

  /** Notes that a host of a module changed its state. */
  noteChange(module: Module): void {
    this.#changed.add(module);
  }

  /** Forgets a module that is gone. */
  remove(module: Module): void {
    this.#reported.delete(module);
    this.#changed.delete(module);
    module.isGone = true;
  }

  /** Takes the modules that had reports. */
  takeReported(): Generator<Module> {
    const reported = this.#reported;
    this.#reported = new Set();
    return this.#take(reported);
  }

  /** Takes the modules of which a host changed its state. */
  takeChanged(): Generator<Module> {
    const changed = this.#changed;
    this.#changed = new Set();
    return this.#take(changed);
  }

  *#take(modules: Iterable<Module>): Generator<Module> {
    for (const module of modules) {
      if (module.isGone) continue; // meanwhile
      this.#reported.delete(module);
      this.#changed.delete(module);
      module.wasTold = true;
      yield module;
    }
  }
}
