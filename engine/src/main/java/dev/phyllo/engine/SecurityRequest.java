package dev.phyllo.engine;

import dev.phyllo.containers.SecuritySpec;
import dev.phyllo.linux.Capabilities;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/** What the caller of {@code run} wants its processes to be allowed, by docker's rules. */
public final class SecurityRequest {
  private final List<String> addedCapabilities = new ArrayList<>();
  private final List<String> droppedCapabilities = new ArrayList<>();
  private boolean noNewPrivileges;

  SecurityRequest() {}

  /** Adds a capability by name, or {@code ALL}. */
  public SecurityRequest addCapability(String capability) {
    addedCapabilities.add(capability);
    return this;
  }

  /** Takes a capability away by name, or {@code ALL}. */
  public SecurityRequest dropCapability(String capability) {
    droppedCapabilities.add(capability);
    return this;
  }

  /** Takes the power from setuid programs. */
  public SecurityRequest noNewPrivileges(boolean yes) {
    noNewPrivileges = yes;
    return this;
  }

  SecuritySpec spec() {
    return new SecuritySpec(capabilities(), noNewPrivileges);
  }

  private List<String> capabilities() {
    // Docker's order: "ALL" first, in whichever list, then what is dropped, then what is added.
    long caps = Capabilities.DOCKER_DEFAULT;
    if (hasAll(droppedCapabilities)) {
      caps = 0;
    }
    if (hasAll(addedCapabilities)) {
      caps = Capabilities.all();
    }
    for (String word : droppedCapabilities) {
      caps &= ~bit("--cap-drop", word);
    }
    for (String word : addedCapabilities) {
      caps |= bit("--cap-add", word);
    }
    List<String> names = new ArrayList<>();
    for (int c = 0; c < Capabilities.count(); c++) {
      if ((caps >> c & 1) != 0) {
        names.add(Capabilities.name(c).substring("CAP_".length()));
      }
    }
    return names;
  }

  private static boolean hasAll(List<String> words) {
    for (String word : words) {
      if (word.equalsIgnoreCase("ALL")) {
        return true;
      }
    }
    return false;
  }

  private static long bit(String option, String word) {
    if (word.equalsIgnoreCase("ALL")) {
      return 0;
    }
    int number = Capabilities.number(word);
    if (number < 0) {
      throw new UsageException(
          option + " " + word,
          "no such capability",
          "capabilities(7) lists them, such as NET_ADMIN");
    }
    return 1L << number;
  }
}
