/**
 * The dirty sets of a shard: the modules whose status is to be sent to reporter, because they had reports, or first of all
 * because a host changed its state.
 *
 * @module
 */

import type { Module } from "./module.ts";

/** Whoever takes a module from one of the sets sends all of its status, so it leaves the other as well. */
export class DirtyModules {
  /** The modules that had reports since they were last taken, the first of them first. */
  #reported = new Set<Module>();
  /** Those of which a host changed its state since. */
  #changed = new Set<Module>();

  /** Adds a module that had reports. */
  addReported(module: Module): void {
    this.#reported.add(module);
  }

  /** Adds a module of which a host changed its state. */
  addChanged(module: Module): void {
    this.#changed.add(module);
  }

  /** Removes a module that is gone. */
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
      module.wasSent = true;
      yield module;
    }
  }
}
