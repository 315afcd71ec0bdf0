package dev.phyllo.transports.registry;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
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
    if (e instanceof HttpConnectTimeoutException) {
      return "no connection in time";
    }
    if (e instanceof HttpTimeoutException) {
      return "no answer in time";
    }
    if (e instanceof ConnectException) {
      Throwable cause = e.getCause();
      boolean unknown =
          cause instanceof UnresolvedAddressException
              || cause != null && cause.getCause() instanceof UnresolvedAddressException;
      return unknown ? "no such host" : "connection refused";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
