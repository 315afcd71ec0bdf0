package dev.phyllo.engine;

import dev.phyllo.engine.Finding.State;
import dev.phyllo.oci.PhylloException;
import java.util.ArrayList;
import java.util.List;

/** What a doctor has found so far, and whether to repair it. */
final class Findings {
  private final List<Finding> list = new ArrayList<>();
  private final boolean repair;

  Findings(boolean repair) {
    this.repair = repair;
  }

  List<Finding> list() {
    return list;
  }

  boolean isRepairing() {
    return repair;
  }

  void broken(String thing, String problem, String remedy) {
    list.add(new Finding(thing, problem, remedy, State.BROKEN));
  }

  void harmless(String thing, String problem, String remedy) {
    list.add(new Finding(thing, problem, remedy, State.HARMLESS));
  }

  /**
   * Something that can be repaired: repairs it if that is wanted.
   *
   * @param remedy what to do about it by hand, or that doctor --repair does it
   * @param work repairs it and says what it has done
   */
  void repairable(String thing, String problem, String remedy, Repair work) {
    if (!repair) {
      broken(thing, problem, remedy);
      return;
    }
    try {
      list.add(new Finding(thing, problem, work.repair(), State.REPAIRED));
    } catch (PhylloException e) {
      broken(thing, problem, "cannot be repaired: " + e.getMessage());
    }
  }

  /** Repairs something. */
  @FunctionalInterface
  interface Repair {
    /** Does it, and says what was done. */
    String repair();
  }
}
