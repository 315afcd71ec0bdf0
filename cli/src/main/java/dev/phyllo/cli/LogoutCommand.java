package dev.phyllo.cli;

import dev.phyllo.transports.registry.DockerConfig;
import java.nio.file.Path;

/** {@code logout}: forgets what {@code login} kept. */
final class LogoutCommand implements Command {
  LogoutCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("logout [OPTIONS] [REGISTRY]", "Forget the credentials for a registry")
        .value(null, "authfile", "FILE", "Forget those in FILE")
        .words(0, 1)
        .example("phyllo logout registry.example.com");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String host = LoginCommand.host(arguments);
    DockerConfig config =
        arguments
            .value("authfile")
            .map(file -> DockerConfig.at(Path.of(file)))
            .orElseGet(DockerConfig::usual);
    session.println(
        config.erase(host) ? "Removed the credentials for " + host : "Not logged in to " + host);
    return 0;
  }
}
