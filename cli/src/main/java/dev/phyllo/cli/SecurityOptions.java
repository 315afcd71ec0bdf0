package dev.phyllo.cli;

import dev.phyllo.containers.DeviceSpec;
import dev.phyllo.containers.SecuritySpec;
import dev.phyllo.engine.SecurityRequest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The options of {@code run} and {@code create} that say what a container may do. */
final class SecurityOptions {
  private static final int MAX_PROFILE = 1 << 20;

  private static final String[] OF_NAMESPACES = {"pid", "ipc", "uts", "cgroupns", "sysctl"};

  private SecurityOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .value(null, "cap-add", "CAPABILITY", "Add a capability, or ALL")
        .value(null, "cap-drop", "CAPABILITY", "Take a capability away, or ALL")
        .flag(null, "privileged", "Give every capability and device, and hide nothing")
        .value(null, "device", "HOST[:PATH][:rwm]", "Give it a device of the host")
        .value(null, "device-cgroup-rule", "RULE", "Let it make and open such devices itself")
        .value(
            null,
            "user-ns",
            "host|auto[:size=N]",
            "Give it users of its own, of ids that nobody else has")
        .value(null, "userns", "host|auto[:size=N]", "The same as --user-ns")
        .value(null, "uidmap", "INSIDE:OUTSIDE:COUNT", "Users of its own, of these ids of the host")
        .value(
            null, "gidmap", "INSIDE:OUTSIDE:COUNT", "Groups of its own; as --uidmap if not given")
        .value(null, "pid", "host|container:NAME", "Show it the processes of the host or another")
        .value(
            null, "ipc", "host|container:NAME", "Give it the shared memory of the host or another")
        .value(null, "uts", "host", "Give it the host's own host name")
        .value(null, "cgroupns", "host|private", "Whether it sees the cgroups above its own")
        .value(null, "sysctl", "NAME=VALUE", "Set a kernel parameter of its own namespaces")
        .value(null, "group-add", "GROUP", "Add a supplementary group, by name or number")
        .value(
            null,
            "security-opt",
            "OPTION",
            "no-new-privileges, seccomp=unconfined|FILE, systempaths=unconfined");
  }

  static void apply(Arguments arguments, SecurityRequest request) {
    for (String capability : arguments.values("cap-add")) {
      request.addCapability(capability);
    }
    for (String capability : arguments.values("cap-drop")) {
      request.dropCapability(capability);
    }
    request.privileged(arguments.has("privileged"));
    for (String device : arguments.values("device")) {
      request.device(DeviceSpec.parse(device));
    }
    for (String rule : arguments.values("device-cgroup-rule")) {
      request.deviceRule(rule);
    }
    for (String group : arguments.values("group-add")) {
      request.group(group);
    }
    if (arguments.has("user-ns")
        || arguments.has("userns")
        || arguments.has("uidmap")
        || arguments.has("gidmap")) {
      UserOptions.apply(arguments, request);
    }
    for (String option : OF_NAMESPACES) {
      if (arguments.has(option)) {
        NamespaceOptions.apply(arguments, request.namespaces());
        break;
      }
    }
    for (String option : arguments.values("security-opt")) {
      option(option, request);
    }
  }

  /** {@code name=value}, or with a colon as docker once had it. */
  private static void option(String option, SecurityRequest request) {
    int equals = option.indexOf('=');
    int at = equals >= 0 ? equals : option.indexOf(':');
    String name = at < 0 ? option : option.substring(0, at);
    String value = at < 0 ? "" : option.substring(at + 1);
    if (name.equals("no-new-privileges")
        && (at < 0 || value.equals("true") || value.equals("false"))) {
      request.noNewPrivileges(!value.equals("false"));
    } else if (name.equals("seccomp") && value.equals(SecuritySpec.UNCONFINED)) {
      request.seccomp(SecuritySpec.UNCONFINED);
    } else if (name.equals("seccomp") && !value.isEmpty()) {
      request.seccomp(profile(option, value));
    } else if (name.equals("systempaths") && value.equals("unconfined")) {
      request.systemPaths(false);
    } else if (name.equals("label") && value.equals("disable")
        || name.equals("apparmor") && value.equals("unconfined")) {
      return; // no container of ours has either
    } else if (name.equals("label") || name.equals("apparmor")) {
      throw new UnsupportedException(
          "--security-opt " + option,
          "containers get no SELinux label and no AppArmor profile here",
          "leave the option out");
    } else {
      throw new UsageException(
          "--security-opt " + option,
          "no such option",
          "no-new-privileges, seccomp=unconfined, seccomp=FILE and systempaths=unconfined are");
    }
  }

  private static String profile(String option, String file) {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      byte[] bytes = in.readNBytes(MAX_PROFILE + 1);
      if (bytes.length > MAX_PROFILE) {
        throw new UsageException(
            "--security-opt " + option, "the file is longer than a MiB", "is it the right file?");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new SystemException(file, e);
    }
  }
}
