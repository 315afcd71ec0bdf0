package dev.phyllo.engine;

import dev.phyllo.containers.Containers;
import dev.phyllo.containers.DeviceSpec;
import dev.phyllo.containers.Devices;
import dev.phyllo.containers.NamespaceSpec;
import dev.phyllo.containers.SecuritySpec;
import dev.phyllo.containers.UserSpec;
import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.cgroup.DeviceRule;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the caller of {@code run} wants its processes to be allowed, by docker's rules. */
public final class SecurityRequest {
  private final List<String> addedCapabilities = new ArrayList<>();
  private final List<String> droppedCapabilities = new ArrayList<>();
  private final List<DeviceSpec> devices = new ArrayList<>();
  private final List<String> deviceRules = new ArrayList<>();
  private final List<String> groups = new ArrayList<>();
  private boolean noNewPrivileges;
  private boolean privileged;
  private boolean systemPaths = true;
  private String seccomp = "";
  private Optional<UserSpec> users = Optional.empty();
  private @Nullable NamespaceRequest namespaces;

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

  /** Gives every capability and device, hides and filters nothing. */
  public SecurityRequest privileged(boolean yes) {
    privileged = yes;
    return this;
  }

  /** Whether parts of {@code /proc} and {@code /sys} are masked, as they are by default. */
  public SecurityRequest systemPaths(boolean masked) {
    systemPaths = masked;
    return this;
  }

  /**
   * Which system calls there are.
   *
   * @param profile {@link SecuritySpec#UNCONFINED}, or a profile in docker's JSON form
   */
  public SecurityRequest seccomp(String profile) {
    seccomp = profile;
    return this;
  }

  /** A device of the host inside. */
  public SecurityRequest device(DeviceSpec device) {
    devices.add(device);
    return this;
  }

  /** Devices it may make and open by itself, such as {@code "c 13:* rwm"}. */
  public SecurityRequest deviceRule(String rule) {
    DeviceRule _ = Devices.parseRule(rule); // said now, not when it starts
    deviceRules.add(rule);
    return this;
  }

  /** A supplementary group, by name or number. */
  public SecurityRequest group(String group) {
    groups.add(group);
    return this;
  }

  /** Users and groups of its own, so that its root is nobody on the host. */
  public SecurityRequest users(UserSpec own) {
    users = Optional.of(own);
    return this;
  }

  /** Which namespaces are not its own. */
  public NamespaceRequest namespaces() {
    NamespaceRequest there = namespaces;
    if (there == null) {
      there = new NamespaceRequest();
      namespaces = there;
    }
    return there;
  }

  /** Finds the containers that it shares with. */
  void resolve(Containers containers, NetworkRequest network) {
    if (namespaces != null) {
      namespaces.resolve(containers, network);
    }
  }

  boolean hasUsers() {
    return users.isPresent();
  }

  SecuritySpec spec() {
    return new SecuritySpec(
        capabilities(),
        noNewPrivileges,
        privileged,
        privileged && seccomp.isEmpty() ? SecuritySpec.UNCONFINED : seccomp,
        systemPaths,
        devices,
        deviceRules,
        groups,
        users,
        namespaces == null ? NamespaceSpec.OWN : namespaces.spec());
  }

  private List<String> capabilities() {
    // Docker's order: "ALL" first, in whichever list, then what is dropped, then what is added.
    long own = Capabilities.own();
    long caps = Capabilities.DOCKER_DEFAULT & own;
    if (hasAll(droppedCapabilities)) {
      caps = 0;
    }
    if (hasAll(addedCapabilities)) {
      caps = own;
    }
    for (String word : droppedCapabilities) {
      caps &= ~bit("--cap-drop", word);
    }
    for (String word : addedCapabilities) {
      long bit = bit("--cap-add", word);
      if ((bit & ~own) != 0) {
        throw new UnsupportedException(
            "--cap-add " + word,
            "this process does not have that capability itself",
            "run the engine with it, or leave it out");
      }
      caps |= bit;
    }
    if (privileged) {
      caps = own;
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
