package dev.phyllo.cli;

import dev.phyllo.engine.NamespaceRequest;

/** The options of {@code run} and {@code create} that say which namespaces a container shares. */
final class NamespaceOptions {
  private NamespaceOptions() {}

  /** Passes them on. */
  static void apply(Arguments arguments, NamespaceRequest request) {
    arguments.value("pid").ifPresent(request::pid);
    arguments.value("ipc").ifPresent(request::ipc);
    arguments.value("uts").ifPresent(request::uts);
    arguments.value("cgroupns").ifPresent(request::cgroup);
    arguments.values("sysctl").forEach(request::sysctl);
  }
}
