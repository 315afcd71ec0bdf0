package dev.phyllo.transports.registry;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What the network says of a request that was not answered, in words. */
final class NetworkFailure {
  private NetworkFailure() {}

  /**
   * The error of a request.
   *
   * @param e null if no answer was any good
   */
  static SystemException of(Request request, @Nullable IOException e) {
    if (e == null) {
      return new SystemException(
          request.shown(), "no answer", "check host and port, and that it is a registry", null);
    }
    boolean tls = reason(e).contains("TLS") || e instanceof SSLException;
    String remedy = tls ? "if it speaks plain HTTP only, --tls-verify=false allows that" : "";
    return new SystemException(request.shown(), reason(e), remedy, e);
  }

  static String reason(IOException e) {
    if (e instanceof UnknownHostException) {
      return "no such host";
    }
    if (e instanceof ConnectException) {
      return "connection refused";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
