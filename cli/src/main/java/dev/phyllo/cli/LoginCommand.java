package dev.phyllo.cli;

import dev.phyllo.cli.output.Terminals;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.transports.registry.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** {@code login}: tries credentials at a registry and keeps them where docker does. */
final class LoginCommand implements Command {
  private static final int MAX_PASSWORD = 64 << 10;

  LoginCommand() {}

  @Override
  public Syntax syntax() {
    return RegistryFlags.connection(
            new Syntax("login [OPTIONS] [REGISTRY]", "Keep credentials for a registry")
                .value("u", "username", "USER", "Who to be")
                .value("p", "password", "PASSWORD", "The password, for everybody to see in ps")
                .flag(null, "password-stdin", "Read the password from standard input"))
        .words(0, 1)
        .example("phyllo login registry.example.com")
        .example("pass show registry | phyllo login -u me --password-stdin registry.example.com");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String host = host(arguments);
    Credentials credentials = Credentials.of(user(arguments), password(arguments));
    String where =
        session.engine().registries().login(host, credentials, RegistryFlags.options(arguments));
    session.say("The credentials are kept in " + where + ".");
    session.println("Login Succeeded");
    return 0;
  }

  /** Docker's own registry, unless another is named; as people copy it from a browser. */
  static String host(Arguments arguments) {
    String host = arguments.words().isEmpty() ? "docker.io" : arguments.words().getFirst();
    for (String scheme : new String[] {"https://", "http://", "docker://"}) {
      if (host.startsWith(scheme)) {
        host = host.substring(scheme.length());
      }
    }
    int slash = host.indexOf('/');
    host = slash < 0 ? host : host.substring(0, slash);
    return host.equals("index.docker.io") || host.equals("registry-1.docker.io")
        ? "docker.io"
        : host;
  }

  private static String user(Arguments arguments) {
    if (arguments.value("username").isPresent()) {
      return arguments.value("username").get();
    }
    String line =
        Terminals.isTerminal(0)
            ? Objects.requireNonNull(System.console()).readLine("Username: ")
            : null;
    if (line == null || line.isEmpty()) {
      throw new UsageException("login", "no user's name", "give one with -u");
    }
    return line;
  }

  private static String password(Arguments arguments) {
    if (arguments.has("password-stdin")) {
      try {
        byte[] bytes = System.in.readNBytes(MAX_PASSWORD);
        return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
      } catch (IOException e) {
        throw new SystemException("standard input", e);
      }
    }
    if (arguments.value("password").isPresent()) {
      return arguments.value("password").get();
    }
    char[] typed =
        Terminals.isTerminal(0)
            ? Objects.requireNonNull(System.console()).readPassword("Password: ")
            : null;
    if (typed == null || typed.length == 0) {
      throw new UsageException(
          "login", "no password", "pipe one in with --password-stdin, or type it on a terminal");
    }
    return new String(typed);
  }
}
