package dev.phyllo.cli;

import dev.phyllo.oci.UsageException;
import dev.phyllo.transports.registry.Credentials;
import dev.phyllo.transports.registry.RegistryOptions;
import java.nio.file.Path;
import java.util.Optional;

/** The options by which every command that talks to a registry is told how. */
final class RegistryFlags {
  private RegistryFlags() {}

  /** Adds them to a command's table. */
  static Syntax add(Syntax syntax) {
    return add(syntax, "", "");
  }

  /**
   * Adds them for one of two registries.
   *
   * @param prefix what their names begin with, such as {@code src-}
   * @param which what the help calls it
   */
  static Syntax add(Syntax syntax, String prefix, String which) {
    syntax.value(
        null, prefix + "creds", "USER:PASSWORD", "Be this user at the " + which + "registry");
    return connection(syntax, prefix, which);
  }

  /** Adds those that are not about who one is. */
  static Syntax connection(Syntax syntax) {
    return connection(syntax, "", "");
  }

  private static Syntax connection(Syntax syntax, String prefix, String which) {
    return syntax
        .value(
            null,
            prefix + "tls-verify",
            "true|false",
            "With false, take any certificate of the " + which + "registry, and plain HTTP")
        .value(
            null,
            prefix + "cert-dir",
            "DIR",
            "Use the certificates in DIR, not /etc/docker/certs.d/HOST")
        .value(null, prefix + "authfile", "FILE", "Read credentials from FILE only");
  }

  /** What was said. */
  static RegistryOptions options(Arguments arguments) {
    return options(arguments, "");
  }

  static RegistryOptions options(Arguments arguments, String prefix) {
    RegistryOptions options = RegistryOptions.DEFAULT;
    Optional<String> creds = value(arguments, prefix, "creds");
    if (creds.isPresent()) {
      options = options.withCredentials(Credentials.parse(creds.get()));
    }
    Optional<String> verify = value(arguments, prefix, "tls-verify");
    if (verify.isPresent()) {
      options = options.withTlsVerify(bool(prefix + "tls-verify", verify.get()));
    }
    Optional<String> certDir = value(arguments, prefix, "cert-dir");
    if (certDir.isPresent()) {
      options = options.withCertDir(Path.of(certDir.get()));
    }
    Optional<String> authFile = value(arguments, prefix, "authfile");
    if (authFile.isPresent()) {
      options = options.withAuthFile(Path.of(authFile.get()));
    }
    return options;
  }

  private static Optional<String> value(Arguments arguments, String prefix, String name) {
    // Said of one of two registries, or of both.
    Optional<String> own = arguments.value(prefix + name);
    return own.isPresent() || prefix.isEmpty() ? own : arguments.value(name);
  }

  private static boolean bool(String name, String text) {
    return switch (text) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw new UsageException(
              "--" + name + "=" + text, "neither true nor false", "write true or false");
    };
  }
}
