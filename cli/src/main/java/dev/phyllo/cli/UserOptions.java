package dev.phyllo.cli;

import dev.phyllo.containers.UserSpec;
import dev.phyllo.engine.SecurityRequest;
import dev.phyllo.oci.UsageException;
import java.util.List;

/** The options of {@code run} and {@code create} that give a container users of its own. */
final class UserOptions {
  private UserOptions() {}

  static void apply(Arguments arguments, SecurityRequest request) {
    List<String> uids = arguments.values("uidmap");
    List<String> gids = arguments.values("gidmap");
    String mode = arguments.value("user-ns").or(() -> arguments.value("userns")).orElse("");
    if (!uids.isEmpty() || !gids.isEmpty()) {
      if (!mode.isEmpty()) {
        throw new UsageException(
            "--user-ns " + mode, "--uidmap and --gidmap say which ids already", "leave one out");
      }
      request.users(UserSpec.ofMaps(uids, gids));
    } else if (!mode.isEmpty() && !mode.equals("host")) {
      request.users(UserSpec.parse(mode));
    }
  }
}
