package dev.phyllo.build;

import dev.phyllo.build.copy.Match;
import dev.phyllo.build.copy.Times;
import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Files that ADD fetches, kept until the step is done. */
final class Download implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long MAX_BYTES = 16L << 30;
  private static final int BUFFER = 128 << 10;

  private final Path directory;
  private final Times times;
  private final List<Path> files = new ArrayList<>();

  Download(Path directory, Times times) {
    this.directory = directory;
    this.times = times;
  }

  /** Whether a source is to be fetched by HTTP. */
  static boolean isAddress(String source) {
    String lower = source.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") || lower.startsWith("https://");
  }

  /** Whether a source is a git repository. */
  static boolean isRepository(String source) {
    String bare = source.indexOf('#') < 0 ? source : source.substring(0, source.indexOf('#'));
    return source.startsWith("git@")
        || source.startsWith("git://")
        || source.startsWith("ssh://")
        || isAddress(source) && bare.endsWith(".git");
  }

  /**
   * Fetches a file: mode 0600, and the time that the server says it has, as docker has it.
   *
   * @param checksum the digest it must have
   */
  Match fetch(String address, Optional<String> checksum) {
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new InvalidException(
          address, "not an address", "write http:// or https:// and a host", e);
    }
    Digest.Algorithm algorithm =
        checksum.map(c -> Digest.parse(c).algorithm()).orElse(Digest.Algorithm.SHA256);
    String path = uri.getPath() == null ? "" : uri.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (name.isEmpty()) {
      throw new InvalidException(
          address, "the address names no file", "end the destination in a file's name");
    }
    try (HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(PATIENCE)
            .build()) {
      HttpResponse<InputStream> response =
          client.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        response.body().close();
        throw new NotFoundException(
            address, "the server answered " + response.statusCode(), "check the address");
      }
      Path file = Files.createTempFile(directory, "fetched-", "");
      files.add(file);
      MessageDigest hash = algorithm.newMessageDigest();
      long size;
      try (InputStream in = response.body();
          OutputStream out = new DigestOutputStream(Files.newOutputStream(file), hash)) {
        size = copy(in, out, address);
      }
      Digest actual = Digest.of(algorithm, hash.digest());
      if (checksum.isPresent() && !actual.toString().equals(checksum.get())) {
        throw new CorruptException(
            address, "what was fetched has the digest " + actual, "correct --checksum");
      }
      TarEntry about =
          TarEntry.builder(RawPath.of(name), TarEntry.Type.FILE)
              .mode(0600)
              .size(size)
              .mtime(modified(response), 0)
              .build();
      return new Match(RawPath.of(name), Node.file(about, new Fetched(file)), List.of());
    } catch (IOException e) {
      throw new SystemException(address, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(address, "interrupted", "", e);
    }
  }

  private static long copy(InputStream in, OutputStream out, String address) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long size = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      size += n;
      if (size > MAX_BYTES) {
        throw new InvalidException(
            address, "longer than " + MAX_BYTES + " bytes", "copy it into the context instead");
      }
      out.write(buffer, 0, n);
    }
    return size;
  }

  private long modified(HttpResponse<?> response) {
    Optional<String> said = response.headers().firstValue("Last-Modified");
    if (said.isPresent()) {
      try {
        return ZonedDateTime.parse(said.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
            .toEpochSecond();
      } catch (DateTimeException _) {
        // As if it were not said.
      }
    }
    return times.made();
  }

  @Override
  public void close() {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
    }
  }

  private record Fetched(Path file) implements Content {
    @Override
    public Digest digest() {
      MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
      byte[] buffer = new byte[BUFFER];
      try (InputStream in = Files.newInputStream(file)) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          hash.update(buffer, 0, n);
        }
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
      return Digest.of(Digest.Algorithm.SHA256, hash.digest());
    }

    @Override
    public InputStream open() {
      try {
        return Files.newInputStream(file);
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
    }
  }
}
