package dev.phyllo.cli;

import dev.phyllo.engine.SecurityRequest;
import dev.phyllo.oci.UsageException;

/** The options of {@code run} and {@code create} that say what a container may do. */
final class SecurityOptions {
  private SecurityOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .value(null, "cap-add", "CAPABILITY", "Add a capability, or ALL")
        .value(null, "cap-drop", "CAPABILITY", "Take a capability away, or ALL")
        .value(null, "security-opt", "no-new-privileges", "Take the power from setuid programs");
  }

  static void apply(Arguments arguments, SecurityRequest request) {
    for (String capability : arguments.values("cap-add")) {
      request.addCapability(capability);
    }
    for (String capability : arguments.values("cap-drop")) {
      request.dropCapability(capability);
    }
    for (String option : arguments.values("security-opt")) {
      switch (option) {
        case "no-new-privileges", "no-new-privileges:true", "no-new-privileges=true" ->
            request.noNewPrivileges(true);
        case "no-new-privileges:false", "no-new-privileges=false" -> request.noNewPrivileges(false);
        default ->
            throw new UsageException(
                "--security-opt " + option, "no such option", "no-new-privileges is one");
      }
    }
  }
}
