package dev.phyllo.transports.registry;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UsageException;

/**
 * Who one is to a registry.
 *
 * @param user the user's name; empty with an identity token
 * @param secret the password or token; never shown
 * @param isIdentityToken whether the secret is a refresh token of OAuth2 rather than a password
 */
public record Credentials(String user, String secret, boolean isIdentityToken) {

  /** Refuses what would break the header it is sent in. */
  public Credentials {
    if (user.indexOf(':') >= 0 || hasControl(user) || hasControl(secret)) {
      // RFC 7617: neither may hold control characters, the name no colon.
      throw new InvalidException(
          "credentials", "a user's name with a colon, or a control character", "correct them");
    }
  }

  /** A user and a password. */
  public static Credentials of(String user, String password) {
    return new Credentials(user, password, false);
  }

  /**
   * Reads {@code USER:PASSWORD}, as {@code --creds} takes it.
   *
   * @throws UsageException if there is no colon
   */
  public static Credentials parse(String text) {
    int colon = text.indexOf(':');
    if (colon <= 0) {
      throw new UsageException("--creds", "not USER:PASSWORD", "write both with a colon between");
    }
    return of(text.substring(0, colon), text.substring(colon + 1));
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "Credentials[" + user + "]";
  }

  private static boolean hasControl(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }
}
